import type { ArchiveOf, ArchiveStore } from "../archive-store.ts";
import { type HeldChats, type InRetention, putHeldChats } from "./held-chats.ts";
import type { LastMessages } from "./last-messages.ts";
import type { LeftoverStore } from "./leftovers.ts";
import { messageName, messagesWithContents, pastPacks } from "./messages-with-contents.ts";

/** Adds the messages that accounts before this one have left, be it that their turn failed, or that it was cut short by a longer
 * retention or a hold. Each is asked once. False when the time is over first. */
export async function addLeftBehind(
  { archive, leftovers }: { readonly archive: ArchiveStore; readonly leftovers: LeftoverStore },
  of: InRetention & ArchiveOf,
  kept: HeldChats,
  { accounts, until }: LastMessages,
  isOver: () => boolean,
): Promise<boolean> {
  const { organizationId } = of;
  const earlier = accounts.filter(({ accountId }) => accountId > kept.passed && accountId < of.accountId);
  for (const { accountId } of earlier) {
    if (!kept.accountIds.includes(accountId))
      for await (const pack of pastPacks(archive, { organizationId, accountId }, until))
        for await (const message of messagesWithContents(archive, { organizationId, accountId }, pack))
          kept.names.add(messageName(message));
    kept.passed = accountId;
    if (isOver()) break;
  }
  if (earlier.length > 0) await putHeldChats(leftovers, of, kept);
  return earlier.every(({ accountId }) => accountId <= kept.passed);
}
