import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { z } from "zod";
import type { PackRow, RemovedPack } from "../archive/archive-store.ts";
import type { ChatSpan } from "../archive/pack.ts";

/** A property holds 64 KB. */
const MOST_CHAT_BYTES = 60_000;

/** A pack's row; `removed` says why readers no longer see it. */
export const packRow = z.object({
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
  removed: z.enum(["replaced", "retention", "erasure"]).optional(),
});
type Stored = z.output<typeof packRow>;

const spans = z.array(z.tuple([z.string(), z.number(), z.number().nullable(), z.number().nullable()]));
const compress = promisify(gzip);
const expand = promisify(gunzip);

export async function toPackRow({ chats, ...row }: PackRow): Promise<Stored> {
  if (!chats) return row;
  const listed = chats.map(({ chatId, count, first, last }) => [chatId, count, first ?? null, last ?? null]);
  const packed = await compress(JSON.stringify(listed));
  return packed.length <= MOST_CHAT_BYTES ? { ...row, chats: packed } : row;
}

export async function toRemovedRow({ reason, ...pack }: RemovedPack): Promise<Stored> {
  return { ...(await toPackRow(pack)), removed: reason };
}

export async function fromPackRow({ chats, removed: _, ...row }: Stored): Promise<PackRow> {
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

export const withoutUndefined = <T extends object>(row: T): Exact<T> =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as Exact<T>;
