import { createHash } from "node:crypto";
import type { Instant } from "../../platform/time.ts";
import type { ArchiveStore } from "../archive-store.ts";
import { chatsInPack } from "../pack-chats.ts";
import type { NameFilter } from "./name-filter.ts";

export const chatName = (chatId: string): string => createHash("sha256").update(chatId).digest("hex");

/** Adds the chats of accounts to a filter, account by account. Answers the last account that was finished before the deadline;
 * undefined at the end. */
export async function collectChats(
  archive: ArchiveStore,
  organizationId: string,
  accountIds: AsyncIterable<string> | Iterable<string>,
  names: NameFilter,
  isOver: () => boolean = () => false,
): Promise<string | undefined> {
  for await (const accountId of accountIds) {
    const of = { organizationId, accountId };
    for await (const pack of archive.packs(of))
      for await (const chatId of chatsInPack(archive, of, pack)) names.add(chatName(chatId));
    if (isOver()) return accountId;
  }
  return undefined;
}

export const pastDeadline = (now: () => Instant, deadline: Instant) => (): boolean => now() >= deadline;
