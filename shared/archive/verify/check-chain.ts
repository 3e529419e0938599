import { createHash } from "node:crypto";
import { isAppError } from "../../platform/errors.ts";
import type { ArchiveOf, ArchiveStore } from "../archive-store.ts";
import { manifestName } from "../blob-names.ts";
import { joinWindows } from "../join-windows.ts";
import { decodeManifest, isErasure, type Manifest, manifestSums, toldChanges } from "../manifest.ts";
import type { ArchiveSums, ManifestRow } from "../manifest-store.ts";
import { sumChanges } from "../sum-changes.ts";
import { enterChange, type PackLedger } from "./pack-ledger.ts";
import type { Problem } from "./verify.contract.ts";

export type Report = (problem: Problem) => Promise<void>;

/** What the manifests tell, from the first to the last. */
export interface Told {
  readonly manifests: number;
  readonly packs: PackLedger;
  readonly windows: ReturnType<typeof joinWindows>;
  readonly last?: Manifest;
  /** False where one could not be believed: then the sums of all are not known. */
  readonly isWhole: boolean;
}

interface Link {
  readonly row: ManifestRow;
  readonly bytes: Buffer | undefined;
}

/** Manifests are small, and a chain can be long. */
const READ_AT_ONCE = 16;

/** Follows a chain from number 1 to its last row: each manifest is there with its hash, names the one before, and its sums are
 * that one's and its own changes. */
export async function checkChain(
  store: ArchiveStore,
  of: ArchiveOf,
  last: ManifestRow | undefined,
  report: Report,
): Promise<Told> {
  const walk = new ChainWalk(of, report);
  if (!last) return walk.told();
  let batch: ManifestRow[] = [];
  const readBatch = async () => {
    const links = await Promise.all(
      batch.map(async (row): Promise<Link> => ({ row, bytes: await read(store, of, row) })),
    );
    for (const link of links) await walk.take(link);
    batch = [];
  };
  for await (const row of store.manifests(of)) {
    if (row.number > last.number) break;
    if (batch.push(row) === READ_AT_ONCE) await readBatch();
  }
  await readBatch();
  await walk.end(last);
  return walk.told();
}

const read = (store: ArchiveStore, of: ArchiveOf, { number }: ManifestRow): Promise<Buffer | undefined> =>
  store.readManifest(of, number).catch((error: unknown) => {
    // Bytes are not looked at here: it is missing.
    if (isAppError(error, "archive.damaged")) return undefined;
    throw error;
  });

class ChainWalk {
  readonly #of: ArchiveOf;
  readonly #report: Report;
  readonly #packs: PackLedger = new Map();
  #windows: Told["windows"] = [];
  #before: ManifestRow | undefined;
  #sums: ArchiveSums | undefined;
  #last: Manifest | undefined;
  #count = 0;
  #isWhole = true;

  constructor(of: ArchiveOf, report: Report) {
    this.#of = of;
    this.#report = report;
  }

  told(): Told {
    return {
      manifests: this.#count,
      packs: this.#packs,
      windows: this.#windows,
      ...(this.#last ? { last: this.#last } : {}),
      isWhole: this.#isWhole,
    };
  }

  async take({ row, bytes }: Link): Promise<void> {
    const expected = (this.#before?.number ?? 0) + 1;
    if (row.number !== expected)
      await this.#doubt("manifest.row_missing", expected, "No row names this link of the chain");
    this.#count += 1;
    const manifest = bytes && decoded(bytes);
    if (!bytes) await this.#doubt("manifest.missing", row.number, "The file is not there");
    else if (sha256(bytes) !== row.sha256)
      await this.#doubt("manifest.hash_differs", row.number, "The file is not the one whose hash its row keeps");
    else if (!manifest) await this.#doubt("manifest.unreadable", row.number, "The file is no manifest");
    else await this.#believe(row, manifest);
    this.#before = row;
    this.#sums = row.sums;
  }

  async #believe(row: ManifestRow, manifest: Manifest): Promise<void> {
    const { previous } = manifest;
    const [before, sums] = [this.#before, manifestSums(manifest)];
    if (manifest.accountId !== this.#of.accountId || manifest.organizationId !== this.#of.organizationId)
      await this.#doubt("manifest.foreign", row.number, "It tells of another account");
    if (manifest.number !== row.number || previous?.number !== before?.number || previous?.sha256 !== before?.sha256)
      await this.#doubt("manifest.chain_broken", row.number, "It does not name the manifest before it");
    if (manifest.runId !== row.runId || !sameSums(sums, row.sums))
      await this.#doubt("manifest.row_differs", row.number, "Its row tells another run or other sums");
    const changes = toldChanges(manifest);
    if (!sameCounts(sums, expectedSums(this.#sums, manifest)))
      await this.#doubt("manifest.sums_differ", row.number, "Its sums are not those before and what it adds");
    for (const change of changes) enterChange(this.#packs, change);
    const stretches = manifest.windows.map(({ from, to }) => ({ from: Date.parse(from), to: Date.parse(to) }));
    this.#windows = joinWindows([...(isErasure(manifest) ? [] : this.#windows), ...stretches]);
    this.#last = manifest;
  }

  /** The last row stands under a key of its own, too. */
  async end(last: ManifestRow): Promise<void> {
    if (JSON.stringify(this.#before) === JSON.stringify(last)) return;
    await this.#doubt("manifest.row_differs", last.number, "Its two rows differ, or one is not there");
  }

  async #doubt(code: string, number: number, detail: string): Promise<void> {
    this.#isWhole = false;
    await this.#report({ code, path: manifestName(this.#of, number), detail });
  }
}

/** An account that is erased keeps nothing that could be summed. */
function expectedSums(before: ArchiveSums | undefined, manifest: Manifest): ArchiveSums {
  const sums = sumChanges(before, toldChanges(manifest), [], manifest.contents.bytes);
  return isErasure(manifest) ? { ...sums, contentBytes: 0 } : sums;
}

const sameCounts = (a: ArchiveSums, b: ArchiveSums): boolean =>
  a.messages === b.messages &&
  a.versions === b.versions &&
  a.packs === b.packs &&
  a.packBytes === b.packBytes &&
  a.contentBytes === b.contentBytes;

const sameSums = (a: ArchiveSums, b: ArchiveSums): boolean =>
  sameCounts(a, b) && a.firstMessageAt === b.firstMessageAt && a.lastMessageAt === b.lastMessageAt;

function decoded(bytes: Buffer): Manifest | undefined {
  try {
    return decodeManifest(bytes);
  } catch {
    return undefined;
  }
}

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
