import { createHash } from "node:crypto";
import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import type { ArchiveOf, ArchiveStore, WindowRow } from "../archive/archive-store.ts";
import { AppError, isAppError } from "../platform/errors.ts";
import type { OrganizationBlobs } from "./organization-blobs.ts";
import { fromPackRow, packRow, toPackRow, toRemovedRow, withoutUndefined } from "./pack-rows.ts";
import { type Write, table } from "./table.ts";

/** A transaction holds 100 rows. */
const ROWS_AT_ONCE = 100;

const window = z.object({
  from: z.number(),
  to: z.number(),
  state: z.enum(["pending", "done"]),
  runId: z.string(),
  seen: z.number(),
  added: z.number(),
  unchanged: z.number(),
  malformed: z.number(),
  nextLink: z.string().optional(),
});
const totals = z.object({
  messages: z.number(),
  versions: z.number(),
  storedBytes: z.number(),
  firstMessageAt: z.number().optional(),
  lastMessageAt: z.number().optional(),
  runId: z.string(),
  status: z.string(),
  finishedAt: z.number(),
  newMessages: z.number(),
  failedItems: z.number(),
});
const manifest = z.object({
  number: z.number(),
  sha256: z.string(),
  runId: z.string(),
  contents: z.number(),
  contentBytes: z.number(),
});
const anything = z.record(z.string(), z.union([z.string(), z.number(), z.instanceof(Uint8Array), z.undefined()]));

/** The archive's rows in one table (partition organization|account) and its blobs in the organization's container. */
export function archiveTables(
  client: TableClient,
  blobsOf: (organizationId: string) => OrganizationBlobs,
): ArchiveStore {
  const packs = table(client, packRow);
  const windows = table(client, window);
  const manifests = table(client, manifest);
  const summaries = table(client, totals);
  const rows = table(client, anything);
  return {
    putPack: async (of, month, sha256, bytes) => {
      await blobsOf(of.organizationId).putOnce(packName(of, { month, sha256 }), bytes, "application/gzip");
    },
    openPack: (of, { month, sha256 }) => blobsOf(of.organizationId).open(packName(of, { month, sha256 })),
    async *packs(of, months) {
      const range = months ? { from: `p|${months.from}|`, to: `p|${months.to}|~` } : ALL_PACKS;
      for await (const row of packs.list(partition(of), range)) if (!row.value.removed) yield fromPackRow(row.value);
    },
    async *windows(of) {
      for await (const row of windows.list(partition(of), { from: "w|", to: "w|~" })) yield withoutUndefined(row.value);
    },
    async window(of, from, to) {
      const row = await windows.get({ partitionKey: partition(of), rowKey: windowKey({ from, to }) });
      return row && withoutUndefined(row.value);
    },
    async withdraw(of, removed, instead = []) {
      const rowsOf = [...removed.map(toRemovedRow), ...instead.map(toPackRow)];
      const values = await Promise.all(rowsOf);
      await packs.transaction(values.map((value) => ({ action: "upsert", ...packKeys(of, value), value })));
    },
    async *withdrawn(of) {
      for await (const { value } of packs.list(partition(of), ALL_PACKS))
        if (value.removed) yield { ...(await fromPackRow(value)), reason: value.removed };
    },
    async forget(of, removed) {
      for (const pack of removed) {
        const row = await packs.get(packKeys(of, pack));
        if (row?.value.removed) await packs.delete(row, row.etag).catch(committedAnew);
      }
    },
    async totals(of) {
      const row = await summaries.get({ partitionKey: partition(of), rowKey: TOTALS });
      if (!row) return undefined;
      const { runId, status, finishedAt, newMessages, failedItems, ...sums } = withoutUndefined(row.value);
      return { ...sums, lastRun: { runId, status, finishedAt, newMessages, failedItems } };
    },
    async putTotals(of, { lastRun, ...sums }) {
      await summaries.upsert({ partitionKey: partition(of), rowKey: TOTALS }, { ...sums, ...lastRun });
    },
    async commit(of, added, marked, removed = []) {
      const partitionKey = partition(of);
      const packWrites: Write<z.output<typeof anything>>[] = [];
      for (const one of added)
        packWrites.push({ action: "upsert", partitionKey, rowKey: packKey(one), value: await toPackRow(one) });
      const windowWrites: Write<z.output<typeof anything>>[] = [
        ...removed.map((one) => ({ action: "delete" as const, partitionKey, rowKey: windowKey(one) })),
        ...marked.map((one) => ({
          action: "upsert" as const,
          partitionKey,
          rowKey: windowKey(one),
          value: { ...one },
        })),
      ];
      // Windows together and last: none is ever done before its packs are visible, or gone before its halves are there.
      const room = ROWS_AT_ONCE - (windowWrites.length % ROWS_AT_ONCE);
      while (packWrites.length > room) await rows.transaction(packWrites.splice(0, ROWS_AT_ONCE));
      const last = [...packWrites, ...windowWrites];
      for (let start = 0; start < last.length; start += ROWS_AT_ONCE) {
        await rows.transaction(last.slice(start, start + ROWS_AT_ONCE));
      }
    },
    async *manifests(of) {
      for await (const row of manifests.list(partition(of), { from: "m|", to: "m|~" })) yield row.value;
    },
    async adoptManifest(of, number) {
      const bytes = await readBlob(blobsOf(of.organizationId), manifestName(of, number));
      const { runId, contents } = adopted.parse(JSON.parse(bytes.toString("utf8")));
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const row = { number, sha256, runId, contents: contents.stored, contentBytes: contents.bytes };
      await manifests.upsert(manifestKey(of, number), row);
    },
    async putManifest(of, row, bytes) {
      const blobs = blobsOf(of.organizationId);
      const name = manifestName(of, row.number);
      const written = await blobs.putOnce(name, bytes, "application/json");
      if (written === "existed" && !(await readBlob(blobs, name)).equals(bytes)) {
        throw new AppError("conflict", "storage.conflict", "That manifest is written already");
      }
      await manifests.upsert(manifestKey(of, row.number), row);
    },
  };
}

/** What a manifest's row says of it. */
const adopted = z.object({ runId: z.string(), contents: z.object({ stored: z.number(), bytes: z.number() }) });
const manifestName = (of: ArchiveOf, number: number): string => `manifests/${of.accountId}/${number}.json`;
const manifestKey = (of: ArchiveOf, number: number) => ({
  partitionKey: partition(of),
  rowKey: `m|${String(number).padStart(8, "0")}`,
});

async function readBlob(blobs: OrganizationBlobs, name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await blobs.open(name)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function committedAnew(error: unknown): void {
  if (!isAppError(error, "storage.changed")) throw error;
}

const TOTALS = "totals";
const partition = (of: ArchiveOf): string => `${of.organizationId}|${of.accountId}`;
const ALL_PACKS = { from: "p|", to: "p|~" };
const packKeys = (of: ArchiveOf, pack: { readonly month: string; readonly sha256: string }) => ({
  partitionKey: partition(of),
  rowKey: packKey(pack),
});
const packKey = (row: { readonly month: string; readonly sha256: string }): string => `p|${row.month}|${row.sha256}`;
const packName = (of: ArchiveOf, row: { readonly month: string; readonly sha256: string }): string =>
  `messages/${of.accountId}/${row.month}/${row.sha256}.ndjson.gz`;
const windowKey = ({ from, to }: Pick<WindowRow, "from" | "to">): string => `w|${time(from)}|${time(to)}`;
const time = (instant: number): string => String(instant).padStart(14, "0");
