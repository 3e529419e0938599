import { AppError, isAppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import type { ArchiveOf, ArchiveStore, PackRow } from "./archive-store.ts";
import { chatKey } from "./chat-key.ts";
import { mergeSorted } from "./merge.ts";
import { decodePack } from "./pack.ts";
import { everything, type VisibleFrom } from "./retention.ts";
import { compareVersions, type MessageVersion, monthOf, versionKey } from "./version.ts";

/** What to read: messages created from `from` (included) to `to` (excluded); of one conversation, by Graph's id, if given.
 * Messages without a readable date belong to every reading, since nobody can say that they do not. */
export interface Reading {
  readonly from: Instant;
  readonly to: Instant;
  readonly chatId?: string;
}

/** From the first to the last creation of a stored file's messages, both included, and how many versions are in it. */
export interface Span {
  readonly first: Instant;
  readonly last: Instant;
  readonly versions: number;
}

export interface ArchiveReader {
  /** Whether an account was backed up, and no stretch of its history is still to be fetched. */
  isComplete(organizationId: string, accountId: string): Promise<boolean>;
  /** Where an account has messages, of one conversation if given by Graph's id, by rows alone: outside of all spans there is none. */
  spans(organizationId: string, accountId: string, chatId?: string): Promise<Span[]>;
  /** Graph's id of a chat of which an account has messages, named by its key, by rows alone; null where it has none, undefined where
   * a stored file's list of chats was too long to keep. */
  chatIdOf(organizationId: string, accountId: string, key: string): Promise<string | null | undefined>;
  /** Every archived version, conversation by conversation, oldest message first, the versions of a message together, none
   * twice. Memory is one buffer per pack, whatever the size. What is removed on purpose meanwhile is not read any further. */
  versions(organizationId: string, accountId: string, reading: Reading): AsyncGenerator<MessageVersion>;
}

/** Hides what is past retention. */
export function createArchiveReader(store: ArchiveStore, visibleFrom: VisibleFrom = everything): ArchiveReader {
  return {
    async *versions(organizationId, accountId, reading) {
      const of = { organizationId, accountId };
      const from = Math.max(reading.from, await visibleFrom(of));
      yield* readVersions(store, of, { ...reading, from });
    },
    async isComplete(organizationId, accountId) {
      let isDone = false;
      for await (const { state } of store.windows({ organizationId, accountId })) {
        if (state !== "done") return false;
        isDone = true;
      }
      return isDone;
    },
    async spans(organizationId, accountId, chatId) {
      const of = { organizationId, accountId };
      const from = await visibleFrom(of);
      const spans: Span[] = [];
      for await (const pack of store.packs(of)) {
        const span = chatId === undefined ? spanOf(pack) : chatSpan(pack, chatId);
        if (span && span.last >= from) spans.push({ ...span, first: Math.max(span.first, from) });
      }
      return spans;
    },
    async chatIdOf(organizationId, accountId, key) {
      let isKnown = true;
      for await (const { chats } of store.packs({ organizationId, accountId })) {
        const found = chats?.find(({ chatId }) => chatKey(chatId) === key);
        if (found) return found.chatId;
        isKnown &&= chats !== undefined;
      }
      return isKnown ? null : undefined;
    },
  };
}

type Created = { readonly firstCreated?: Instant | undefined; readonly lastCreated?: Instant | undefined };

const spanOf = ({
  month,
  firstCreated,
  lastCreated,
  versions,
}: Created & Pick<PackRow, "month" | "versions">): Span => ({
  first: month === "unknown" || firstCreated === undefined ? Number.NEGATIVE_INFINITY : firstCreated,
  last: month === "unknown" || lastCreated === undefined ? Number.POSITIVE_INFINITY : lastCreated,
  versions,
});

/** Of a pack that does not say which chats it has, the whole. */
function chatSpan(pack: PackRow, chatId: string): Span | undefined {
  const chat = pack.chats?.find((one) => one.chatId === chatId);
  if (!chat) return pack.chats ? undefined : spanOf(pack);
  return spanOf({ ...pack, firstCreated: chat.first, lastCreated: chat.last, versions: chat.count });
}

async function* readVersions(store: ArchiveStore, of: ArchiveOf, reading: Reading): AsyncGenerator<MessageVersion> {
  let last: MessageVersion | undefined;
  for (let isListed = false; !isListed; ) {
    const after = last;
    try {
      for await (const version of listedVersions(store, of, reading)) {
        if (after && compareVersions(version, after) <= 0) continue;
        last = version;
        yield version;
      }
      isListed = true;
    } catch (error) {
      // Retention or an erasure took a pack that was listed: what is listed now is read on behind what was read.
      if (!isAppError(error, "archive.removed")) throw error;
    }
  }
}

async function* listedVersions(store: ArchiveStore, of: ArchiveOf, reading: Reading): AsyncGenerator<MessageVersion> {
  if (reading.to <= reading.from) return;
  const packs: AsyncGenerator<MessageVersion>[] = [];
  for await (const pack of packsOf(store, of, reading)) packs.push(readListedPack(store, of, pack));
  let last: string | undefined;
  for await (const version of mergeSorted(packs, compareVersions)) {
    if (!wanted(version, reading)) continue;
    const key = versionKey(version);
    if (key !== last) yield version;
    last = key;
  }
}

type PackName = Pick<PackRow, "month" | "sha256">;

/** Reads a pack beside those who may remove it: one that cannot be read any further, and has no row any more, throws `archive.removed`,
 * which a new listing mends. `only`: as for `decodePack`. */
export async function* readListedPack(
  store: ArchiveStore,
  of: ArchiveOf,
  pack: PackName,
  only?: (line: string) => boolean,
): AsyncGenerator<MessageVersion> {
  try {
    yield* readPack(store, of, pack, only);
  } catch (error) {
    if (await isPackListed(store, of, pack)) throw error;
    throw new AppError("unavailable", "archive.removed", "A pack was removed while it was read", { cause: error });
  }
}

export async function isPackListed(
  archive: ArchiveStore,
  of: ArchiveOf,
  { month, sha256 }: PackName,
): Promise<boolean> {
  for await (const row of archive.packs(of, { from: month, to: month })) if (row.sha256 === sha256) return true;
  return false;
}

/** `only`: as for `decodePack`. */
export async function* readPack(
  store: ArchiveStore,
  of: ArchiveOf,
  pack: PackName,
  only?: (line: string) => boolean,
): AsyncGenerator<MessageVersion> {
  yield* decodePack(await store.openPack(of, pack), pack.sha256, only);
}

async function* packsOf(store: ArchiveStore, of: ArchiveOf, reading: Reading): AsyncGenerator<PackRow> {
  const months = { from: monthOf(reading.from), to: monthOf(reading.to - 1) };
  const meets = (pack: PackRow) =>
    (pack.firstCreated ?? reading.from) < reading.to &&
    (pack.lastCreated ?? reading.from) >= reading.from &&
    (reading.chatId === undefined || !pack.chats || pack.chats.some((chat) => chat.chatId === reading.chatId));
  for await (const pack of store.packs(of, months)) if (meets(pack)) yield pack;
  for await (const pack of store.packs(of, { from: "unknown", to: "unknown" })) if (meets(pack)) yield pack;
}

const wanted = ({ createdAt, chatId }: MessageVersion, { from, to, chatId: only }: Reading): boolean =>
  (only === undefined || chatId === only) && (createdAt === undefined || (createdAt >= from && createdAt < to));
