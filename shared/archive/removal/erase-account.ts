import { z } from "zod";
import type { Step } from "../../platform/activity.contract.ts";
import { isAppError } from "../../platform/errors.ts";
import type { Instant } from "../../platform/time.ts";
import type { ArchiveOf, ArchiveStore, PackRow } from "../archive-store.ts";
import type { ContentStore } from "../content-store.ts";
import { chatsInPack } from "../pack-chats.ts";
import { chatName, collectChats, pastDeadline } from "./collect-chats.ts";
import type { LeftoverStore } from "./leftovers.ts";
import { decodeNotes, encodeNotes, NameFilter } from "./name-filter.ts";
import { tellRemoval } from "./tell-removal.ts";

/** What was decided, and what comes of it. */
export interface ErasureOrders {
  /** The next one that is approved and has not ended. */
  next(organizationId: string): Promise<{ readonly approvalId: string; readonly accountId: string } | undefined>;
  complete(organizationId: string, approvalId: string, removed: { packs: number; messages: number }): Promise<void>;
  fail(organizationId: string, approvalId: string, code: string): Promise<void>;
}

export interface EraseAccountDeps {
  readonly archive: ArchiveStore;
  readonly contents: ContentStore;
  readonly leftovers: LeftoverStore;
  readonly erasures: ErasureOrders;
  readonly isHeld: (of: ArchiveOf) => Promise<boolean>;
  /** So that no run brings back what goes. */
  readonly deactivate: (of: ArchiveOf) => Promise<void>;
  readonly now: () => Instant;
}

/** `attempt` names one life of the orchestration: what an earlier one noted may be out of date. */
type EraseOf = ArchiveOf & { readonly approvalId: string; readonly attempt: string };

const PACKS_AT_ONCE = 20;

/** Removes what is stored of an account: its packs, windows and totals, and the content rows of chats in which no other account
 * that is archived takes part. Manifests stay, and the last one tells what went: counts, nobody's text. Each step may run twice;
 * until the packs' rows are gone they say what is left to do. The organization's backups must not run meanwhile. */
export async function eraseAccount(
  deps: EraseAccountDeps,
  of: EraseOf,
  deadline: Instant,
): Promise<Step<Record<string, never>>> {
  const { organizationId, accountId, approvalId } = of;
  const account = { organizationId, accountId };
  if (await deps.isHeld(account)) {
    await deps.erasures.fail(organizationId, approvalId, "account.held");
    return { status: "done", result: {} };
  }
  await deps.deactivate(account);
  const others = await chatsOfOthers(deps, of, deadline);
  if (!others) return { status: "again" };
  const isOver = pastDeadline(deps.now, deadline);
  for (let packs = await some(deps, account); packs.length > 0; packs = await some(deps, account)) {
    for (const pack of packs) await forgetContents(deps, account, pack, others);
    await deps.archive.removePacks(account, "erasure", packs);
    if (isOver()) return { status: "again" };
  }
  const told = await tellRemoval(deps.archive, account, { runId: approvalId, why: "erasure" });
  await deps.archive.removeProgress(account);
  for await (const blob of deps.leftovers.list(organizationId, `messages/${accountId}/`))
    await deps.leftovers.remove(organizationId, blob);
  const removed = told?.packs.removed.flatMap(({ packs }) => packs) ?? [];
  const messages = removed.reduce((sum, pack) => sum + pack.messages, 0);
  await deps.erasures.complete(organizationId, approvalId, { packs: removed.length, messages });
  return { status: "done", result: {} };
}

async function some({ archive }: EraseAccountDeps, of: ArchiveOf): Promise<PackRow[]> {
  const packs: PackRow[] = [];
  for await (const pack of archive.packs(of)) if (packs.push(pack) === PACKS_AT_ONCE) break;
  return packs;
}

async function forgetContents(
  { archive, contents }: EraseAccountDeps,
  of: ArchiveOf,
  pack: PackRow,
  others: NameFilter,
): Promise<void> {
  try {
    for await (const chatId of chatsInPack(archive, of, pack))
      if (!others.has(chatName(chatId))) await contents.forget(of.organizationId, chatId);
  } catch (error) {
    // Nobody can say any more which chats it had.
    if (!isAppError(error, "archive.damaged")) throw error;
  }
}

const notesHead = z.object({ after: z.string().nullable(), done: z.boolean() });

/** In a filter, which now and then takes a chat for shared that is not: then its rows stay. Undefined while there is more to do. */
async function chatsOfOthers(
  { archive, leftovers, now }: EraseAccountDeps,
  { organizationId, accountId, approvalId, attempt }: EraseOf,
  deadline: Instant,
): Promise<NameFilter | undefined> {
  const name = `erasure-${approvalId}-${attempt}`;
  const stored = await leftovers.readNotes(organizationId, name);
  const { names, after, done } = stored
    ? await decodeNotes(notesHead, stored)
    : { names: new NameFilter(), after: null, done: false };
  if (done) return names;
  async function* others() {
    for await (const other of archive.accounts(organizationId, after ?? undefined))
      if (other !== accountId) yield other;
  }
  const last = await collectChats(archive, organizationId, others(), names, pastDeadline(now, deadline));
  const notes = { after: last ?? null, done: last === undefined, names };
  await leftovers.putNotes(organizationId, name, await encodeNotes(notes));
  return last === undefined ? names : undefined;
}
