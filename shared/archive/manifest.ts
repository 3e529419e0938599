import { createHash } from "node:crypto";
import { z } from "zod";
import { AppError } from "../platform/errors.ts";
import { iso } from "../platform/time.ts";
import type { PackEntry, WindowRow } from "./archive-store.ts";
import type { ArchiveSums, ManifestRow, PackChange } from "./manifest-store.ts";

const pack = z.object({
  month: z.string(),
  sha256: z.string(),
  bytes: z.number(),
  versions: z.number(),
  messages: z.number(),
});
const packs = z.array(pack).readonly();

/** Also how changes of packs are kept until a manifest tells of them. */
export type ManifestPack = z.output<typeof pack>;
export type Removal = Manifest["packs"]["removed"][number];
export const manifestPacks = packs;

const manifest = z.object({
  product: z.literal("teams-chat-vault"),
  version: z.literal(1),
  organizationId: z.string(),
  accountId: z.string(),
  runId: z.string(),
  number: z.number(),
  previous: z.object({ number: z.number(), sha256: z.string() }).nullable(),
  status: z.string(),
  /** In this order: what came, then what took the place of what (of earlier manifests), then what went. */
  packs: z.object({
    added: packs,
    replaced: z.array(z.object({ why: z.literal("compaction"), packs, by: packs })).readonly(),
    removed: z.array(z.object({ why: z.enum(["retention", "erasure"]), packs })).readonly(),
  }),
  windows: z
    .array(
      z.object({
        from: z.string(),
        to: z.string(),
        seen: z.number(),
        added: z.number(),
        unchanged: z.number(),
        malformed: z.number(),
        /** When the last of several pages was read. */
        readAt: z.string().exactOptional(),
      }),
    )
    .readonly(),
  contents: z.object({
    stored: z.number(),
    bytes: z.number(),
    skipped: z.number(),
    failed: z.number(),
    pending: z.number(),
  }),
  reasons: z.array(z.object({ code: z.string(), count: z.number() })).readonly(),
  /** What the account has after all of this: the sums of the manifest before, and what this one changes. */
  totals: z.object({
    messages: z.number(),
    versions: z.number(),
    packs: z.number(),
    packBytes: z.number(),
    contentBytes: z.number(),
    firstMessageAt: z.string().nullable(),
    lastMessageAt: z.string().nullable(),
  }),
});

/** What one run brought to one account: a link in a chain, each naming the hash of the one before, so that nothing in
 * between can go missing unnoticed. Played from the first to the last, the packs are those that are committed, save for
 * changes since (`ManifestStore.changes`). */
export type Manifest = z.output<typeof manifest>;

export const manifestPack = ({ month, sha256, bytes, versions, messages }: PackEntry): ManifestPack => ({
  month,
  sha256,
  bytes,
  versions,
  messages,
});

export const manifestWindow = ({ from, to, ...counts }: WindowRow): Manifest["windows"][number] => ({
  from: iso(from),
  to: iso(to),
  seen: counts.seen,
  added: counts.added,
  unchanged: counts.unchanged,
  malformed: counts.malformed,
  ...(counts.readAt === undefined ? {} : { readAt: iso(counts.readAt) }),
});

export const manifestTotals = ({ firstMessageAt, lastMessageAt, ...sums }: ArchiveSums): Manifest["totals"] => ({
  ...sums,
  firstMessageAt: firstMessageAt === undefined ? null : iso(firstMessageAt),
  lastMessageAt: lastMessageAt === undefined ? null : iso(lastMessageAt),
});

export function manifestChanges(changes: readonly PackChange[]): Manifest["packs"] {
  const added: ManifestPack[] = [];
  const replaced: Manifest["packs"]["replaced"][number][] = [];
  const removed: Manifest["packs"]["removed"][number][] = [];
  for (const change of changes) {
    if (change.removed) removed.push(change.removed);
    else if (change.replaced) replaced.push({ why: "compaction", packs: change.replaced, by: change.added });
    else added.push(...change.added);
  }
  return { added, replaced, removed };
}

/** Whether it ends an erasure: said by a removal without packs, besides those that tell what went. */
export const isErasure = ({ packs: { removed } }: Manifest): boolean =>
  removed.some(({ why, packs }) => why === "erasure" && packs.length === 0);

/** The changes of packs that a manifest tells. */
export const toldChanges = ({ packs: { added, replaced, removed } }: Manifest): PackChange[] => [
  ...(added.length > 0 ? [{ added }] : []),
  ...replaced.map(({ packs, by }) => ({ added: by, replaced: packs })),
  ...removed.map((one) => ({ added: [], removed: one })),
];

/** The bytes that are stored and hashed: the same manifest always gives the same. */
export const encodeManifest = (given: Manifest): Buffer => Buffer.from(`${JSON.stringify(given, undefined, 1)}\n`);

/** Throws `archive.damaged` for bytes that are no manifest, or not those of the hash, where one is known. */
export function decodeManifest(bytes: Buffer, sha256?: string): Manifest {
  try {
    if (sha256 !== undefined && sha256Of(bytes) !== sha256) throw new Error("The hash differs");
    return manifest.parse(JSON.parse(bytes.toString("utf8")));
  } catch (error) {
    throw new AppError("damaged", "archive.damaged", "A manifest is not what was written", { cause: error });
  }
}

export const manifestRow = (given: Manifest, bytes: Buffer): ManifestRow => ({
  number: given.number,
  runId: given.runId,
  sha256: sha256Of(bytes),
  sums: manifestSums(given),
});

export function manifestSums({ totals: { firstMessageAt, lastMessageAt, ...sums } }: Manifest): ArchiveSums {
  if (firstMessageAt === null || lastMessageAt === null) return sums;
  return { ...sums, firstMessageAt: Date.parse(firstMessageAt), lastMessageAt: Date.parse(lastMessageAt) };
}

const sha256Of = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
