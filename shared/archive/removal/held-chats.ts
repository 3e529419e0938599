import { z } from "zod";
import type { ArchiveStore } from "../archive-store.ts";
import { collectChats } from "./collect-chats.ts";
import type { LeftoverStore } from "./leftovers.ts";
import { decodeNotes, encodeNotes, NameFilter } from "./name-filter.ts";

const notesHead = z.object({ accountIds: z.array(z.string()), passed: z.string() });

/** In a filter: the chats of these accounts, and the messages that an account up to `passed` has left although it had its turn. */
export type HeldChats = z.output<typeof notesHead> & { readonly names: NameFilter };

export interface InRetention {
  readonly organizationId: string;
  readonly retentionId: string;
}

const nameOf = ({ retentionId }: InRetention): string => `retention-${retentionId}`;

/** What a retention noted of its held accounts so far: of all its accounts together, so that each held one is read once. */
export async function readHeldChats(leftovers: LeftoverStore, of: InRetention): Promise<HeldChats> {
  const stored = await leftovers.readNotes(of.organizationId, nameOf(of));
  return stored ? decodeNotes(notesHead, stored) : { accountIds: [], passed: "", names: new NameFilter() };
}

export async function putHeldChats(leftovers: LeftoverStore, of: InRetention, kept: HeldChats): Promise<void> {
  await leftovers.putNotes(of.organizationId, nameOf(of), await encodeNotes(kept));
}

/** Adds the chats of held accounts that are not there yet, account by account. False when the time is over first. One whose hold was
 * lifted meanwhile stays: that keeps too much until the next time, never too little. */
export async function addHeldChats(
  { archive, leftovers }: { readonly archive: ArchiveStore; readonly leftovers: LeftoverStore },
  of: InRetention,
  kept: HeldChats,
  held: readonly string[],
  isOver: () => boolean,
): Promise<boolean> {
  const missing = held.filter((accountId) => !kept.accountIds.includes(accountId));
  if (missing.length === 0) return true;
  const last = await collectChats(archive, of.organizationId, missing, kept.names, isOver);
  kept.accountIds.push(...(last === undefined ? missing : missing.slice(0, missing.indexOf(last) + 1)));
  await putHeldChats(leftovers, of, kept);
  return last === undefined;
}
