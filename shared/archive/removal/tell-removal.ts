import type { ArchiveOf, ArchiveStore } from "../archive-store.ts";
import { type Manifest, manifestChanges, manifestSums, manifestTotals, manifestWindow } from "../manifest.ts";
import { appendManifest, type Chain, openChain } from "../manifest-chain.ts";
import type { ArchiveSums } from "../manifest-store.ts";
import { sumChanges } from "../sum-changes.ts";

interface Telling {
  readonly runId: string;
  /** `Erased`: nothing is left, whether or not there was something. */
  readonly status: "Reduced" | "Erased";
}

const EMPTY: ArchiveSums = { messages: 0, versions: 0, packs: 0, packBytes: 0, contentBytes: 0 };

/** Writes the manifest that tells what was removed, as a link of the account's chain, with whatever else waits to be told; none where
 * nothing was removed and something is left, or for an account that never had any. While it runs nobody else may write the account's
 * manifests. Answers the manifest: of the same run also one that it wrote before, which may tell more. */
export async function tellRemoval(
  archive: ArchiveStore,
  of: ArchiveOf,
  telling: Telling,
): Promise<Manifest | undefined> {
  for (;;) {
    const chain = await openChain(archive, of);
    const last = chain.last?.manifest;
    if (last?.runId === telling.runId && [last.status, "Reduced"].includes(telling.status))
      return shown(archive, of, last, telling);
    if (telling.status === "Reduced" && !chain.changes.some(({ removed }) => removed)) return undefined;
    if (chain.changes.length === 0 && !last) return undefined;
    const manifest = await nextManifest(archive, of, telling, chain);
    if (await appendManifest(archive, of, manifest)) return shown(archive, of, manifest, telling);
  }
}

async function nextManifest(
  archive: ArchiveStore,
  of: ArchiveOf,
  { runId, status }: Telling,
  { last, changes, windows }: Chain,
): Promise<Manifest> {
  const isErasure = status === "Erased";
  return {
    product: "teams-chat-vault",
    version: 1,
    ...of,
    runId,
    number: (last?.row.number ?? 0) + 1,
    previous: last ? { number: last.row.number, sha256: last.row.sha256 } : null,
    status,
    packs: isErasure ? withErasure(manifestChanges(changes)) : manifestChanges(changes),
    windows: isErasure ? [] : windows.map(manifestWindow),
    contents: { stored: 0, bytes: 0, skipped: 0, failed: 0, pending: 0 },
    reasons: [],
    totals: manifestTotals(
      isErasure
        ? EMPTY
        : { ...withoutSpan(sumChanges(last?.row.sums, changes, [], 0)), ...(await spanOf(archive, of)) },
    ),
  };
}

/** Said also where there was no pack: with it the windows before it count no more. */
const withErasure = (packs: Manifest["packs"]): Manifest["packs"] => ({
  ...packs,
  removed: [...packs.removed, { why: "erasure", packs: [] }],
});

const withoutSpan = ({ firstMessageAt: _, lastMessageAt: __, ...sums }: ArchiveSums): ArchiveSums => sums;

/** From the first to the last message of what is left. */
async function spanOf(archive: ArchiveStore, of: ArchiveOf) {
  let [firstMessageAt, lastMessageAt] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for await (const { firstCreated, lastCreated } of archive.packs(of)) {
    firstMessageAt = Math.min(firstMessageAt, firstCreated ?? Number.POSITIVE_INFINITY);
    lastMessageAt = Math.max(lastMessageAt, lastCreated ?? Number.NEGATIVE_INFINITY);
  }
  return Number.isFinite(firstMessageAt) ? { firstMessageAt, lastMessageAt } : {};
}

/** What lists show follows the manifest. */
async function shown(archive: ArchiveStore, of: ArchiveOf, manifest: Manifest, { status }: Telling): Promise<Manifest> {
  const before = await archive.totals(of);
  if (!before || status === "Erased") return manifest;
  const { packBytes, contentBytes, packs: _, ...sums } = manifestSums(manifest);
  await archive.putTotals(of, { ...sums, storedBytes: packBytes + contentBytes, lastRun: before.lastRun });
  return manifest;
}
