import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import type { ArchiveOf } from "../archive/archive-store.ts";
import { MANIFESTS, manifestName } from "../archive/blob-names.ts";
import { manifestPacks } from "../archive/manifest.ts";
import type { ManifestRow, ManifestStore, PackChange } from "../archive/manifest-store.ts";
import { AppError } from "../platform/errors.ts";
import type { OrganizationBlobs } from "./organization-blobs.ts";
import { promised } from "./promised.ts";
import { chunks, table, type Write } from "./table.ts";

const manifestRow = z.object({
  number: z.number(),
  sha256: z.string(),
  runId: z.string(),
  messages: z.number(),
  versions: z.number(),
  packs: z.number(),
  packBytes: z.number(),
  contentBytes: z.number(),
  firstMessageAt: z.number().exactOptional(),
  lastMessageAt: z.number().exactOptional(),
});
/** JSON texts: a transaction changes few packs. */
const changeRow = z.object({
  added: z.string(),
  replaced: z.string().exactOptional(),
  removed: z.string().exactOptional(),
  why: z.enum(["retention", "erasure"]).exactOptional(),
});

/** Rows beside those of packs, in the same partitions, and blobs `manifests/{accountId}/{number}.json`. The last row stands
 * under a key of its own, too. */
export function manifestTables(
  client: TableClient,
  blobsOf: (organizationId: string) => OrganizationBlobs,
): ManifestStore {
  const manifests = table(client, manifestRow);
  const changes = table(client, changeRow);
  return {
    async *withManifests(organizationId, after = "") {
      for await (const accountId of blobsOf(organizationId).folders(MANIFESTS)) if (accountId > after) yield accountId;
    },
    async *changes(of) {
      for await (const row of changes.list(partition(of), { from: "c|", to: "c|~" })) {
        yield toChange(row.value);
      }
    },
    async forgetChanges(of, told) {
      const partitionKey = partition(of);
      const deletes = told.map((change) => ({ action: "delete" as const, partitionKey, rowKey: changeKey(change) }));
      for (const some of chunks(deletes, 100)) await changes.transaction(some);
    },
    async lastManifest(of) {
      const row = await manifests.get({ partitionKey: partition(of), rowKey: LAST });
      return row && fromRow(row.value);
    },
    async *manifests(of) {
      for await (const row of manifests.list(partition(of), { from: "m|", to: "m|~" })) yield fromRow(row.value);
    },
    readManifest: (of, number) =>
      promised(readBlob(blobsOf(of.organizationId), manifestName(of, number)), "A manifest"),
    async putManifest(of, { sums, ...named }, bytes) {
      const blobs = blobsOf(of.organizationId);
      const name = manifestName(of, named.number);
      const written = await blobs.putOnce(name, bytes, "application/json");
      if (written === "existed" && !(await readBlob(blobs, name)).equals(bytes)) {
        throw new AppError("conflict", "storage.conflict", "That manifest is written already");
      }
      const row = { partitionKey: partition(of), value: { ...named, ...sums } };
      await manifests.transaction([
        { action: "upsert", ...row, rowKey: `m|${String(named.number).padStart(8, "0")}` },
        { action: "upsert", ...row, rowKey: LAST },
      ]);
    },
  };
}

/** Part of the transaction that changes the packs. */
export const changeWrite = (partitionKey: string, change: PackChange): Write<z.output<typeof changeRow>> => ({
  action: "upsert",
  partitionKey,
  rowKey: changeKey(change),
  value: {
    added: JSON.stringify(change.added),
    ...(change.replaced ? { replaced: JSON.stringify(change.replaced) } : {}),
    ...(change.removed ? { removed: JSON.stringify(change.removed.packs), why: change.removed.why } : {}),
  },
});

const toChange = ({ added, replaced, removed, why }: z.output<typeof changeRow>): PackChange => ({
  added: parsePacks(added),
  ...(replaced === undefined ? {} : { replaced: parsePacks(replaced) }),
  ...(removed === undefined || why === undefined ? {} : { removed: { why, packs: parsePacks(removed) } }),
});

const LAST = "manifest";
const partition = (of: ArchiveOf): string => `${of.organizationId}|${of.accountId}`;
const changeKey = ({ added: [came], removed }: PackChange): string =>
  came ? `c|${came.month}|${came.sha256}` : `c|-${removed?.packs[0]?.month}|${removed?.packs[0]?.sha256}`;

const parsePacks = (text: string) => manifestPacks.parse(JSON.parse(text));

const fromRow = ({ number, sha256, runId, ...sums }: z.output<typeof manifestRow>): ManifestRow => ({
  number,
  sha256,
  runId,
  sums,
});

async function readBlob(blobs: OrganizationBlobs, name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await blobs.open(name)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
