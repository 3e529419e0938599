import { readPack } from "../archive/archive-reader.ts";
import type { ArchiveOf, ArchiveStore, PackEntry, PackRow } from "../archive/archive-store.ts";
import { messageKey, type VersionKeys, versionKey } from "../archive/version.ts";
import type { TimeWindow } from "./plan-windows.ts";

/** Keys of what is archived already. */
export interface Known {
  readonly messages: Set<string>;
  readonly versions: Set<string>;
}

/** All versions that were modified inside a window, and no others. */
export async function knownIn(store: ArchiveStore, of: ArchiveOf, { from, to }: TimeWindow): Promise<Known> {
  const isInside = (at: number | undefined) => at === undefined || (at >= from && at < to);
  const mayMeet = ({ firstModified }: PackEntry) => firstModified === undefined || firstModified < to;
  const known: Known = { messages: new Set(), versions: new Set() };
  for await (const row of store.packsModifiedSince(of, from)) {
    if (mayMeet(row)) await collect(known, store, of, row, ({ modifiedAt }) => isInside(modifiedAt));
  }
  return known;
}

/** Created and modified inside the window: every earlier version of it would have been modified inside too. */
export const decidable = ({ createdAt, modifiedAt }: VersionKeys, { from, to }: TimeWindow): boolean =>
  createdAt !== undefined && modifiedAt !== undefined && createdAt >= from && modifiedAt >= from && modifiedAt < to;

/** All versions of the same messages, of one month. Opens only packs that, by their rows, may have them. */
export async function knownElsewhere(
  store: ArchiveStore,
  of: ArchiveOf,
  month: string,
  asked: readonly VersionKeys[],
): Promise<Known> {
  const known: Known = { messages: new Set(), versions: new Set() };
  if (asked.length === 0) return known;
  const keys = new Set(asked.map(messageKey));
  for await (const row of store.packs(of, { from: month, to: month })) {
    if (mayHold(row, asked)) await collect(known, store, of, row, (version) => keys.has(messageKey(version)));
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

async function collect(
  known: Known,
  store: ArchiveStore,
  of: ArchiveOf,
  pack: PackEntry,
  isWanted: (version: VersionKeys) => boolean,
): Promise<void> {
  for await (const version of readPack(store, of, pack)) {
    if (!isWanted(version)) continue;
    known.messages.add(messageKey(version));
    known.versions.add(versionKey(version));
  }
}
