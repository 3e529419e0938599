import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { z } from "zod";
import type { PackEntry, PackRow } from "../archive/archive-store.ts";
import type { ChatSpan } from "../archive/pack-summary.ts";
import type { Write } from "./table.ts";

/** A property holds 64 KB. */
const MOST_CHAT_BYTES = 60_000;

export const entryRow = z.object({
  month: z.string(),
  sha256: z.string(),
  bytes: z.number(),
  versions: z.number(),
  messages: z.number(),
  unpackedBytes: z.number(),
  firstCreated: z.number().exactOptional(),
  lastCreated: z.number().exactOptional(),
  firstModified: z.number().exactOptional(),
  lastModified: z.number().exactOptional(),
  runId: z.string(),
  level: z.number().exactOptional(),
  settledUntil: z.number().exactOptional(),
});
export const packRow = entryRow.extend({ chats: z.instanceof(Uint8Array).exactOptional() });

/** Written out, for what a filter makes of a row without the property is nowhere promised. */
const NOT_SETTLED = 0;

const spans = z.array(z.tuple([z.string(), z.number(), z.number().nullable(), z.number().nullable()]));

const compress = promisify(gzip);
const expand = promisify(gunzip);

/** A pack is two rows: by month for readers, and by its last modification, small, for the next runs. */
export async function packWrites(
  partitionKey: string,
  { chats, ...entry }: PackRow,
): Promise<Write<z.output<typeof packRow>>[]> {
  const [byMonth, byTime] = packKeys(partitionKey, entry);
  const listed = chats && (await packed(chats));
  const ofMonth = { ...entry, settledUntil: entry.settledUntil ?? NOT_SETTLED };
  return [
    { action: "upsert", ...byMonth, value: listed ? { ...ofMonth, chats: listed } : ofMonth },
    { action: "upsert", ...byTime, value: { ...entry } },
  ];
}

export const packDeletes = (partitionKey: string, entry: PackEntry): Write<z.output<typeof packRow>>[] =>
  packKeys(partitionKey, entry).map((key) => ({ action: "delete", ...key }));

export async function fromPack({ chats, settledUntil, ...rest }: z.output<typeof packRow>): Promise<PackRow> {
  const entry = settledUntil === undefined || settledUntil === NOT_SETTLED ? rest : { ...rest, settledUntil };
  if (!chats) return entry;
  const listed = spans.parse(JSON.parse((await expand(chats)).toString("utf8")));
  return {
    ...entry,
    chats: listed.map(([chatId, count, first, last]): ChatSpan => ({ chatId, count, ...maybe(first, last) })),
  };
}

/** Both keys sort a pack after those that it takes the place of: its level is higher. A listing that is under way when that
 * happens has seen them, or will see it. */
function packKeys(partitionKey: string, { month, sha256, lastModified, level = 0 }: PackEntry) {
  const place = String(level).padStart(6, "0");
  return [
    { partitionKey, rowKey: `p|${month}|${place}|${sha256}` },
    { partitionKey, rowKey: `i|${modifiedKey(lastModified)}|${place}|${month}|${sha256}` },
  ] as const;
}

/** Where no time is known, after all others: any window may want it. */
export const modifiedKey = (at: number | undefined): string =>
  at === undefined ? "~" : String(Math.max(0, at)).padStart(16, "0");

async function packed(chats: readonly ChatSpan[]): Promise<Buffer<ArrayBuffer> | undefined> {
  const listed = chats.map(({ chatId, count, first, last }) => [chatId, count, first ?? null, last ?? null]);
  const bytes = await compress(JSON.stringify(listed));
  return bytes.length <= MOST_CHAT_BYTES ? bytes : undefined;
}

const maybe = (first: number | null, last: number | null) => (first === null || last === null ? {} : { first, last });
