import { z } from "zod";
import type { Instant } from "../../platform/time.ts";
import type { ArchiveStore } from "../archive-store.ts";
import type { HeldChats, InRetention } from "./held-chats.ts";
import { LastNaming } from "./last-naming.ts";
import type { LeftoverStore } from "./leftovers.ts";
import { messageName, messagesWithContents, pastPacks } from "./messages-with-contents.ts";
import { decodeNotes, encodeNotes } from "./name-filter.ts";

/** `until`: packs of months before it are noted, so none of later months may go. `accounts`: those with such packs, in their order,
 * each with the place of the last pack that was read of it. */
const notesHead = z.object({
  until: z.number(),
  accounts: z.array(z.object({ accountId: z.string(), end: z.number() })),
  isWhole: z.boolean(),
});

/** Which pack of an organization has a message last, in the order in which packs go: account by account, each from its first one on. */
export type LastMessages = z.output<typeof notesHead> & { readonly last: LastNaming };

interface NotedIn {
  readonly archive: ArchiveStore;
  readonly leftovers: LeftoverStore;
}

const nameOf = ({ retentionId }: InRetention): string => `retention-last-${retentionId}`;

/** Of all accounts but those that are held: read once for a retention, pack by pack, whatever number of activities that takes.
 * Undefined when the time is over first. */
export async function lastMessages(
  { archive, leftovers }: NotedIn,
  of: InRetention,
  { held, until }: { readonly held: HeldChats; readonly until: Instant },
  isOver: () => boolean,
): Promise<LastMessages | undefined> {
  const { organizationId } = of;
  const known = await read(leftovers, of);
  if (known?.isWhole) return known;
  const noted = known ?? { until, accounts: [], isWhole: false, last: new LastNaming() };
  const isWhole = await goOn(archive, organizationId, noted, held, isOver);
  const { last, ...head } = { ...noted, isWhole };
  await leftovers.putNotes(organizationId, nameOf(of), await encodeNotes({ ...head, names: last }));
  return isWhole ? { ...noted, isWhole } : undefined;
}

async function read(leftovers: LeftoverStore, of: InRetention): Promise<LastMessages | undefined> {
  const stored = await leftovers.readNotes(of.organizationId, nameOf(of));
  if (!stored) return undefined;
  const { names, ...head } = await decodeNotes(notesHead, stored);
  return { ...head, last: new LastNaming(names.bits) };
}

/** Nothing goes before all is read: where it was left, as many packs are passed over as were read. False when the time is over. */
async function goOn(
  archive: ArchiveStore,
  organizationId: string,
  { accounts, last, until }: LastMessages,
  held: HeldChats,
  isOver: () => boolean,
): Promise<boolean> {
  const before = accounts.at(-1);
  let place = before?.end ?? 0;
  let passed = place - (accounts.at(-2)?.end ?? 0);
  for await (const accountId of from(archive, organizationId, before?.accountId)) {
    if (held.accountIds.includes(accountId)) continue;
    for await (const pack of pastPacks(archive, { organizationId, accountId }, until)) {
      if (accountId === before?.accountId && passed-- > 0) continue;
      place += 1;
      for await (const message of messagesWithContents(archive, { organizationId, accountId }, pack))
        last.add(messageName(message), place);
      if (accounts.at(-1)?.accountId === accountId) accounts.pop();
      accounts.push({ accountId, end: place });
      if (isOver()) return false;
    }
  }
  return true;
}

async function* from(archive: ArchiveStore, organizationId: string, accountId?: string): AsyncGenerator<string> {
  if (accountId !== undefined) yield accountId;
  yield* archive.accounts(organizationId, accountId);
}
