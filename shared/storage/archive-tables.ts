import { odata, type TableClient } from "@azure/data-tables";
import { z } from "zod";
import {
  type ArchiveOf,
  type ArchiveStore,
  AT_ONCE,
  type PackRow,
  type StoredWindow,
  type WindowRow,
} from "../archive/archive-store.ts";
import { packName } from "../archive/blob-names.ts";
import { manifestPack } from "../archive/manifest.ts";
import { changeWrite, manifestTables } from "./manifest-tables.ts";
import type { OrganizationBlobs } from "./organization-blobs.ts";
import { entryRow, fromPack, modifiedKey, packDeletes, packRow, packWrites } from "./pack-rows.ts";
import { promised } from "./promised.ts";
import { putNamedByHash } from "./put-named-by-hash.ts";
import { removalTables } from "./removal-tables.ts";
import { stamps } from "./stamps.ts";
import { chunks, table, type Write } from "./table.ts";

/** In one transaction. */
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
  readAt: z.number().exactOptional(),
  nextLink: z.string().exactOptional(),
  begunAt: z.number().exactOptional(),
  fruitless: z.number().exactOptional(),
  disturbedBy: z.string().exactOptional(),
  sealed: z.literal(true).exactOptional(),
});
const totals = z.object({
  messages: z.number(),
  versions: z.number(),
  storedBytes: z.number(),
  firstMessageAt: z.number().exactOptional(),
  lastMessageAt: z.number().exactOptional(),
  runId: z.string(),
  status: z.string(),
  finishedAt: z.number(),
  newMessages: z.number(),
  failedItems: z.number(),
  /** JSON; rows of earlier versions have none. */
  reasons: z.string().default("[]"),
});
const reasons = z.array(z.object({ code: z.string(), count: z.number() }));
const anything = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.instanceof(Uint8Array)]));
type AnyWrite = Write<z.output<typeof anything>>;

/** The archive's rows in one table (partition organization|account) and its blobs in the organization's container. */
export function archiveTables(
  client: TableClient,
  blobsOf: (organizationId: string) => OrganizationBlobs,
): ArchiveStore {
  const packs = table(client, packRow);
  const entries = table(client, entryRow);
  const windows = table(client, window);
  const summaries = table(client, totals);
  const rows = table(client, anything);
  const stamped = stamps(client, (writes) => rows.transaction(writes));
  return {
    ...manifestTables(client, blobsOf),
    ...removalTables(client, blobsOf),
    putPack: async (of, month, sha256, bytes) => {
      await blobsOf(of.organizationId).putOnce(packName(of, { month, sha256 }), bytes, "application/gzip");
    },
    putPackStream: (of, month, bytes) =>
      putNamedByHash(blobsOf(of.organizationId), bytes, "application/gzip", (sha256) =>
        packName(of, { month, sha256 }),
      ),
    openPack: (of, pack) => promised(blobsOf(of.organizationId).open(packName(of, pack)), "A pack"),
    packSize: (of, pack) => blobsOf(of.organizationId).size(packName(of, pack)),
    async *accounts(organizationId, after) {
      const start = after === undefined ? [] : [partition({ organizationId, accountId: after })];
      for await (const key of rows.partitions(`${organizationId}|`, ...start)) yield key.slice(key.indexOf("|") + 1);
    },
    async *packs(of, months) {
      const range = months ? { from: `p|${months.from}|`, to: `p|${months.to}|~` } : { from: "p|", to: "p|~" };
      for await (const row of packs.list(partition(of), range)) yield fromPack(row.value);
    },
    async *unsettledPacks(of, month, until) {
      const where = odata`settledUntil lt ${until}.0`;
      for await (const row of packs.list(partition(of), { from: `p|${month}|`, to: `p|${month}|~`, where }))
        yield fromPack(row.value);
    },
    async *packsModifiedSince(of, from, before) {
      // With a point, or the service takes it for a 32-bit integer. Those without a time have no such property: they are asked for apart.
      const where = before === undefined ? {} : { where: odata`firstModified lt ${before}.0` };
      const timed = { from: `i|${modifiedKey(from)}`, to: `i|${modifiedKey(undefined)}`, ...where };
      for (const range of [timed, { from: `i|${modifiedKey(undefined)}`, to: "i|~~" }])
        for await (const row of entries.list(partition(of), range)) yield row.value;
    },
    async *windows(of, stretch) {
      const range = stretch
        ? { from: `w|${time(stretch.from)}`, to: `w|${time(stretch.to)}` }
        : { from: "w|", to: "w|~" };
      for await (const row of windows.list(partition(of), range)) yield row.value;
    },
    async *windowsReadSince(of, since, exceptRunId) {
      const where = odata`readAt ge ${since}.0 and runId ne ${exceptRunId}`;
      for await (const row of windows.list(partition(of), { from: "w|", to: "w|~", where })) yield row.value;
    },
    async window(of, from, to) {
      const row = await windows.get({ partitionKey: partition(of), rowKey: windowKey({ from, to }) });
      return row && { ...row.value, etag: row.etag };
    },
    async totals(of) {
      const row = await summaries.get({ partitionKey: partition(of), rowKey: TOTALS });
      if (!row) return undefined;
      const { runId, status, finishedAt, newMessages, failedItems, reasons: text, ...sums } = row.value;
      const why = reasons.parse(JSON.parse(text));
      return { ...sums, lastRun: { runId, status, finishedAt, newMessages, failedItems, reasons: why } };
    },
    async putTotals(of, { lastRun, ...sums }) {
      await summaries.upsert(
        { partitionKey: partition(of), rowKey: TOTALS },
        {
          ...sums,
          ...lastRun,
          reasons: JSON.stringify(lastRun.reasons),
        },
      );
    },
    stamp: (of) => stamped.read(partition(of)),
    async commit(of, added, marked, replaced = [], stamp) {
      const partitionKey = partition(of);
      // Windows together and last: none is ever done before its packs are visible, or gone before others are in its place.
      const windowWrites = marks(partitionKey, marked, replaced);
      const transactions = await Promise.all(chunks(added, AT_ONCE.packs).map((some) => visible(partitionKey, some)));
      const last = transactions.at(-1);
      if (last && last.length + windowWrites.length < ROWS_AT_ONCE) last.push(...windowWrites);
      else transactions.push(...chunks(windowWrites, ROWS_AT_ONCE - 1));
      if (stamp) await stamped.send(partitionKey, transactions.flat(), stamp);
      else for (const writes of transactions) await rows.transaction(writes);
    },
    async replacePacks(of, replaced, by) {
      const partitionKey = partition(of);
      const change = { added: [manifestPack(by)], replaced: replaced.map(manifestPack) };
      await rows.transaction([
        ...replaced.flatMap((pack) => packDeletes(partitionKey, pack)),
        ...(await packWrites(partitionKey, by)),
        changeWrite(partitionKey, change),
      ]);
    },
  };
}

/** Packs, and that the next manifest has to tell of them. */
async function visible(partitionKey: string, added: readonly PackRow[]): Promise<AnyWrite[]> {
  const writes = await Promise.all(added.map((pack) => packWrites(partitionKey, pack)));
  return [...writes.flat(), changeWrite(partitionKey, { added: added.map(manifestPack) })];
}

function marks(
  partitionKey: string,
  marked: readonly WindowRow[],
  replaced: readonly (WindowRow | StoredWindow)[],
): AnyWrite[] {
  const before = new Map(replaced.map((one) => [windowKey(one), "etag" in one ? one.etag : undefined]));
  const writes = marked.map((one): AnyWrite => {
    const rowKey = windowKey(one);
    const etag = before.get(rowKey);
    before.delete(rowKey);
    const write = { partitionKey, rowKey, value: { ...one } };
    return etag === undefined ? { action: "upsert", ...write } : { action: "replace", etag, ...write };
  });
  return [...writes, ...[...before.keys()].map((rowKey): AnyWrite => ({ action: "delete", partitionKey, rowKey }))];
}

const TOTALS = "totals";
const partition = (of: ArchiveOf): string => `${of.organizationId}|${of.accountId}`;
const windowKey = ({ from, to }: Pick<WindowRow, "from" | "to">): string => `w|${time(from)}|${time(to)}`;
const time = (instant: number): string => String(instant).padStart(14, "0");
