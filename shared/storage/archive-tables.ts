import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import type { ArchiveOf, ArchiveStore, PackRow, WindowRow } from "../archive/archive-store.ts";
import type { ChatSpan } from "../archive/pack.ts";
import { AppError } from "../platform/errors.ts";
import type { OrganizationBlobs } from "./organization-blobs.ts";
import { type Write, table } from "./table.ts";

/** A property holds 64 KB. */
const MOST_CHAT_BYTES = 60_000;
/** A transaction holds 100 rows. */
const ROWS_AT_ONCE = 100;

const pack = z.object({
  month: z.string(),
  sha256: z.string(),
  bytes: z.number(),
  versions: z.number(),
  messages: z.number(),
  unpackedBytes: z.number(),
  firstCreated: z.number().optional(),
  lastCreated: z.number().optional(),
  firstModified: z.number().optional(),
  lastModified: z.number().optional(),
  chats: z.instanceof(Uint8Array).optional(),
  runId: z.string(),
});
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
const spans = z.array(z.tuple([z.string(), z.number(), z.number().nullable(), z.number().nullable()]));

const compress = promisify(gzip);
const expand = promisify(gunzip);

/** The archive's rows in one table (partition organization|account) and its blobs in the organization's container. */
export function archiveTables(
  client: TableClient,
  blobsOf: (organizationId: string) => OrganizationBlobs,
): ArchiveStore {
  const packs = table(client, pack);
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
      const range = months ? { from: `p|${months.from}|`, to: `p|${months.to}|~` } : { from: "p|", to: "p|~" };
      for await (const row of packs.list(partition(of), range)) yield fromPack(row.value);
    },
    async *windows(of) {
      for await (const row of windows.list(partition(of), { from: "w|", to: "w|~" })) yield withoutUndefined(row.value);
    },
    async window(of, from, to) {
      const row = await windows.get({ partitionKey: partition(of), rowKey: windowKey({ from, to }) });
      return row && withoutUndefined(row.value);
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
        packWrites.push({ action: "upsert", partitionKey, rowKey: packKey(one), value: await toPack(one) });
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

const TOTALS = "totals";
const partition = (of: ArchiveOf): string => `${of.organizationId}|${of.accountId}`;
const packKey = (row: { readonly month: string; readonly sha256: string }): string => `p|${row.month}|${row.sha256}`;
const packName = (of: ArchiveOf, row: { readonly month: string; readonly sha256: string }): string =>
  `messages/${of.accountId}/${row.month}/${row.sha256}.ndjson.gz`;
const windowKey = ({ from, to }: Pick<WindowRow, "from" | "to">): string => `w|${time(from)}|${time(to)}`;
const time = (instant: number): string => String(instant).padStart(14, "0");

async function toPack({ chats, ...row }: PackRow): Promise<z.output<typeof anything>> {
  if (!chats) return row;
  const listed = chats.map(({ chatId, count, first, last }) => [chatId, count, first ?? null, last ?? null]);
  const packed = await compress(JSON.stringify(listed));
  return packed.length <= MOST_CHAT_BYTES ? { ...row, chats: packed } : row;
}

async function fromPack({ chats, ...row }: z.output<typeof pack>): Promise<PackRow> {
  const known = withoutUndefined(row);
  if (!chats) return known;
  const listed = spans.parse(JSON.parse((await expand(chats)).toString("utf8")));
  return {
    ...known,
    chats: listed.map(([chatId, count, first, last]): ChatSpan => ({ chatId, count, ...maybe(first, last) })),
  };
}

const maybe = (first: number | null, last: number | null) => (first === null || last === null ? {} : { first, last });

type Exact<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

const withoutUndefined = <T extends object>(row: T): Exact<T> =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as Exact<T>;
