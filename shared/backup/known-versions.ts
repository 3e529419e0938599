import { readListedPack } from "../archive/archive-reader.ts";
import { mayHoldOneOf } from "../archive/pack.ts";
import type { ArchiveOf, ArchiveStore, PackEntry, PackRow } from "../archive/archive-store.ts";
import type { VersionKeys } from "../archive/version.ts";
import { AppError, isAppError } from "../platform/errors.ts";
import { KeySet } from "./key-set.ts";
import type { Instant } from "../platform/time.ts";
import type { TimeWindow } from "./plan-windows.ts";

/** Keys of what is archived already. */
export interface Known {
  readonly messages: KeySet;
  readonly versions: KeySet;
}

export const nothing = (): Known => ({ messages: KeySet.ofMessages(), versions: KeySet.ofVersions() });

/** What is archived of a window. */
export interface KnownOfWindow extends Known {
  /** Hashes of the packs that were looked at: those that may have some of it. */
  readonly packs: Set<string>;
}

/** All versions that were modified inside a window, and no others. Added to what is given, by the packs that it does not tell of. */
export async function knownIn(
  store: ArchiveStore,
  of: ArchiveOf,
  window: TimeWindow,
  known: KnownOfWindow = { ...nothing(), packs: new Set() },
): Promise<KnownOfWindow> {
  for await (const row of store.packsModifiedSince(of, window.from, window.to)) {
    if (known.packs.has(row.sha256)) continue;
    known.packs.add(row.sha256);
    await collect(known, store, of, row, { isWanted: ({ modifiedAt }) => isInside(modifiedAt, window) });
  }
  return known;
}

const isInside = (at: number | undefined, { from, to }: TimeWindow): boolean =>
  at === undefined || (at >= from && at < to);

/** Modified inside a window. */
export const belongs = ({ modifiedAt }: Pick<VersionKeys, "modifiedAt">, window: TimeWindow): boolean =>
  modifiedAt !== undefined && isInside(modifiedAt, window);

/** Created and modified inside the window: every earlier version of it would have been modified inside too. */
export const decidable = ({ createdAt, modifiedAt }: VersionKeys, { from, to }: TimeWindow): boolean =>
  createdAt !== undefined && modifiedAt !== undefined && createdAt >= from && modifiedAt >= from && modifiedAt < to;

interface Elsewhere {
  readonly passedOver?: ReadonlySet<string>;
  /** What is asked for was modified before then, and its own versions are known: what else there is of its messages is wanted. */
  readonly modifiedBefore?: Instant;
}

/** All versions of the same messages, of one month. Opens only packs that, by their rows, may have them, and none of those to be passed
 * over. */
export async function knownElsewhere(
  store: ArchiveStore,
  of: ArchiveOf,
  month: string,
  asked: readonly VersionKeys[],
  { passedOver = new Set(), modifiedBefore }: Elsewhere = {},
): Promise<Known> {
  const known = nothing();
  if (asked.length === 0) return known;
  const wanted = KeySet.ofMessages();
  for (const version of asked) wanted.add(version);
  const only = mayHoldOneOf(asked);
  const rows =
    modifiedBefore === undefined
      ? store.packs(of, { from: month, to: month })
      : store.unsettledPacks(of, month, modifiedBefore);
  for await (const row of rows) {
    if (!passedOver.has(row.sha256) && mayHold(row, asked))
      await collect(known, store, of, row, { isWanted: (version) => wanted.has(version), only });
  }
  return known;
}

function mayHold({ chats }: PackRow, asked: readonly VersionKeys[]): boolean {
  if (!chats) return true;
  const spans = new Map(chats.map((chat) => [chat.chatId, chat]));
  return asked.some(({ chatId, createdAt }) => {
    const span = spans.get(chatId);
    if (!span || createdAt === undefined || span.first === undefined || span.last === undefined) return !!span;
    return createdAt >= span.first && createdAt <= span.last;
  });
}

/** `only`: which lines may hold it, where that can be told. */
interface Wanted {
  readonly isWanted: (version: VersionKeys) => boolean;
  readonly only?: (line: string) => boolean;
}

async function collect(
  known: Known,
  store: ArchiveStore,
  of: ArchiveOf,
  pack: PackEntry,
  { isWanted, only }: Wanted,
): Promise<void> {
  try {
    for await (const version of readListedPack(store, of, pack, only)) {
      if (!isWanted(version)) continue;
      known.messages.add(version);
      known.versions.add(version);
    }
  } catch (cause) {
    if (!isAppError(cause, "archive.damaged")) throw cause;
    throw new AppError("damaged", "archive.damaged", cause.message, { context: { sha256: pack.sha256 }, cause });
  }
}

/** What is known by the packs that can be read. One that is damaged is noted, and what was known is read anew without it: of a pack that
 * breaks off, nothing is proved. */
export async function knownBySound<K>(damaged: Set<string>, read: () => Promise<K>): Promise<K> {
  for (;;) {
    try {
      return await read();
    } catch (error) {
      const sha256 = isAppError(error, "archive.damaged") ? error.options.context?.["sha256"] : undefined;
      if (typeof sha256 !== "string" || damaged.has(sha256)) throw error;
      damaged.add(sha256);
    }
  }
}
