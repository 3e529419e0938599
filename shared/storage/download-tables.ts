import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import { downloadFormat } from "../downloads/download.contract.ts";
import type {
  Download,
  DownloadStore,
  Expiry,
  FileSet,
  RenderedSet,
  Versioned,
  WrittenZip,
  ZipName,
} from "../downloads/download-store.ts";
import { isAppError, unless } from "../platform/errors.ts";
import { descending } from "./descending.ts";
import { insertMissing, type Key, type Row, table, type Write } from "./table.ts";

const reasons = z.array(z.object({ code: z.string(), count: z.number() }));
const downloadRow = z.object({
  id: z.string(),
  requestedAt: z.number(),
  requestedBy: z.string(),
  accountIds: z.string(),
  chatId: z.string().optional(),
  format: downloadFormat,
  attachments: z.boolean(),
  systemEvents: z.boolean(),
  from: z.number(),
  to: z.number(),
  timeZone: z.string(),
  asOf: z.number().optional(),
  windowDays: z.number(),
  partBytes: z.number(),
  status: z.enum(["Queued", "Planning", "Ready", "Partial", "Failed", "Expired"]),
  finishedAt: z.number().optional(),
  expiresAt: z.number().optional(),
  failures: z.string(),
});
const setRow = z.object({
  set: z.number(),
  accountId: z.string(),
  from: z.number(),
  to: z.number(),
  expected: z.number(),
  uncounted: z.literal(true).optional(),
  rendered: z.string().optional(),
  lost: z.string().optional(),
});
const lostContents = z.array(z.object({ sha256: z.string(), code: z.string() }));
const progressRow = z.object({ set: z.number(), messages: z.number() });
const rendered = z.object({
  spool: z.string().optional(),
  digest: z.string(),
  parts: z.number(),
  userPrincipalName: z.string(),
  messages: z.number(),
  attachments: z.number(),
  bytes: z.number(),
  missing: reasons,
  tellsLost: z.literal(true).optional(),
});
const zipRow = z.object({
  set: z.number(),
  digest: z.string(),
  number: z.number(),
  blob: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  lost: z.string(),
});
const openRow = z.object({
  organizationId: z.string(),
  downloadId: z.string(),
  since: z.number(),
  resumes: z.number(),
});
const expiryRow = z.object({ at: z.number(), organizationId: z.string(), downloadId: z.string() });

export interface DownloadTables {
  /** Partition organization, newest download first. */
  readonly downloads: TableClient;
  /** Partition organization|download: `p|` how far its sets are, `s|` these, `z|` its zips. */
  readonly downloadParts: TableClient;
  /** Two partitions: those that have not ended, and the others by the time at which they expire. A few rows a day. */
  readonly downloadExpiries: TableClient;
}

const EXPIRIES = "expiries";
const OPEN = "open";
const PROGRESS = { from: "p|", to: "p|~" };

export function downloadTables(clients: DownloadTables): DownloadStore {
  const downloads = table(clients.downloads, downloadRow);
  const sets = table(clients.downloadParts, setRow);
  const zips = table(clients.downloadParts, zipRow);
  const progress = table(clients.downloadParts, progressRow);
  const opens = table(clients.downloadExpiries, openRow);
  const expiries = table(clients.downloadExpiries, expiryRow);
  return {
    async insert(organizationId, download) {
      await downloads.insert(downloadKey(organizationId, download.id), fromDownload(download));
    },
    async find(organizationId, downloadId) {
      const row = await downloads.get(downloadKey(organizationId, downloadId));
      return row && { value: toDownload(row), etag: row.etag };
    },
    async list(organizationId, limit, after) {
      const rows = await downloads.page(organizationId, limit, after === undefined ? "" : descending(after));
      return rows.map(toDownload);
    },
    async replace(organizationId, { etag }, next) {
      await downloads.replace({ ...downloadKey(organizationId, next.id), etag }, fromDownload(next));
    },
    remove: (organizationId, downloadId) => downloads.delete(downloadKey(organizationId, downloadId)).catch(absent),
    async addSets(organizationId, downloadId, all) {
      const writes = all.map((set): Write<z.output<typeof setRow>> => {
        return { action: "insert", ...setKey(organizationId, downloadId, set.set), value: fromSet(set) };
      });
      await insertMissing(sets, writes);
    },
    async set(organizationId, downloadId, set) {
      const row = await sets.get(setKey(organizationId, downloadId, set));
      return row && { value: toSet(row), etag: row.etag };
    },
    async *sets(organizationId, downloadId, first = 0) {
      const range = { from: `s|${pad(first, 6)}`, to: "s|~" };
      for await (const row of sets.list(partition(organizationId, downloadId), range)) yield toSet(row);
    },
    async replaceSet(organizationId, downloadId, { etag }: Versioned<FileSet>, next) {
      await sets.replace({ ...setKey(organizationId, downloadId, next.set), etag }, fromSet(next));
    },
    async cutSet(organizationId, downloadId, { value, etag }, next) {
      await sets.transaction(
        next.map((set): Write<z.output<typeof setRow>> => {
          const write = { ...setKey(organizationId, downloadId, set.set), value: fromSet(set) };
          return set.set === value.set ? { action: "replace", ...write, etag } : { action: "insert", ...write };
        }),
      );
    },
    async addZip(organizationId, downloadId, zip) {
      try {
        await zips.insert(zipKey(organizationId, downloadId, zip), { ...zip, lost: JSON.stringify(zip.lost) });
        return true;
      } catch (error) {
        if (isAppError(error, "storage.conflict")) return false;
        throw error;
      }
    },
    async zip(organizationId, downloadId, zip) {
      const row = await zips.get(zipKey(organizationId, downloadId, zip));
      return row && toZip(row);
    },
    async *zips(organizationId, downloadId, first = 0) {
      const range = { from: `z|${pad(first, 6)}`, to: "z|~" };
      for await (const row of zips.list(partition(organizationId, downloadId), range)) yield toZip(row);
    },
    async removeRows(organizationId, downloadId) {
      const partitionKey = partition(organizationId, downloadId);
      for await (const { rowKey } of progress.list(partitionKey, PROGRESS))
        await progress.delete({ partitionKey, rowKey }).catch(absent);
      for await (const { rowKey } of sets.list(partitionKey, { from: "s|", to: "s|~" }))
        await sets.delete({ partitionKey, rowKey }).catch(absent);
      for await (const { rowKey } of zips.list(partitionKey, { from: "z|", to: "z|~" }))
        await zips.delete({ partitionKey, rowKey }).catch(absent);
    },
    noteRendered: (organizationId, downloadId, noted) =>
      progress.upsert(progressKey(organizationId, downloadId, noted.set), noted),
    async *renderedSoFar(organizationId, downloadId) {
      for await (const { value } of progress.list(partition(organizationId, downloadId), PROGRESS)) yield value;
    },
    addOpen: (open) => opens.upsert(openKey(open), open),
    async *open() {
      for await (const { value } of opens.list(OPEN)) yield value;
    },
    removeOpen: (organizationId, downloadId) => opens.delete(openKey({ organizationId, downloadId })).catch(absent),
    addExpiry: (expiry) => expiries.upsert(expiryKey(expiry), expiry),
    async *due(before) {
      for await (const { value } of expiries.list(EXPIRIES, { to: pad(before, 15) })) yield value;
    },
    removeExpiry: (expiry) => expiries.delete(expiryKey(expiry)).catch(absent),
  };
}

const pad = (value: number, width: number): string => String(value).padStart(width, "0");
const partition = (organizationId: string, downloadId: string): string => `${organizationId}|${downloadId}`;
const downloadKey = (organizationId: string, downloadId: string): Key => ({
  partitionKey: organizationId,
  rowKey: descending(downloadId),
});
const setKey = (organizationId: string, downloadId: string, set: number): Key => ({
  partitionKey: partition(organizationId, downloadId),
  rowKey: `s|${pad(set, 6)}`,
});
const progressKey = (organizationId: string, downloadId: string, set: number): Key => ({
  partitionKey: partition(organizationId, downloadId),
  rowKey: `p|${pad(set, 6)}`,
});
const zipKey = (organizationId: string, downloadId: string, { set, digest, number }: ZipName): Key => ({
  partitionKey: partition(organizationId, downloadId),
  rowKey: `z|${pad(set, 6)}|${digest}|${pad(number, 6)}`,
});
const openKey = ({ organizationId, downloadId }: { organizationId: string; downloadId: string }): Key => ({
  partitionKey: OPEN,
  rowKey: `${organizationId}|${downloadId}`,
});
const expiryKey = ({ at, organizationId, downloadId }: Expiry): Key => ({
  partitionKey: EXPIRIES,
  rowKey: `${pad(at, 15)}|${organizationId}|${downloadId}`,
});

const fromDownload = ({ accountIds, failures, ...rest }: Download): z.output<typeof downloadRow> => ({
  ...rest,
  accountIds: accountIds.join(","),
  failures: JSON.stringify(failures),
});

function toDownload({ value }: Row<z.output<typeof downloadRow>>): Download {
  const { accountIds, failures, ...rest } = value;
  const lists = { accountIds: accountIds.split(","), failures: reasons.parse(JSON.parse(failures)) };
  return { ...(defined(rest) as Omit<Download, "accountIds" | "failures">), ...lists };
}

const fromSet = ({ rendered: known, lost, ...rest }: FileSet): z.output<typeof setRow> => ({
  ...rest,
  ...(known ? { rendered: JSON.stringify(known) } : {}),
  ...(lost ? { lost: JSON.stringify(lost) } : {}),
});

function toSet({ value: { rendered: known, lost, uncounted, ...rest } }: Row<z.output<typeof setRow>>): FileSet {
  return {
    ...rest,
    ...(uncounted === undefined ? {} : { uncounted }),
    ...(known === undefined ? {} : { rendered: toRendered(known) }),
    ...(lost === undefined ? {} : { lost: lostContents.parse(JSON.parse(lost)) }),
  };
}

const toRendered = (text: string): RenderedSet => defined(rendered.parse(JSON.parse(text))) as RenderedSet;

const toZip = ({ value }: Row<z.output<typeof zipRow>>): WrittenZip => ({
  ...value,
  lost: reasons.parse(JSON.parse(value.lost)),
});

const defined = (row: object): object =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));

const absent = unless("storage.not_found");
