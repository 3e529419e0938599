import { z } from "zod";
import { again, type Step } from "../../platform/activity.contract.ts";
import type { Instant } from "../../platform/time.ts";
import type { ArchiveOf, ArchiveStore, PackRow } from "../archive-store.ts";
import type { ContentStore } from "../content-store.ts";
import { chatName, collectChats, pastDeadline } from "./collect-chats.ts";
import { type ErasureOrders, finishErasure, stopErasure } from "./end-erasure.ts";
import { chatsThatAreKnown, type LastNaming, lastNamings } from "./last-naming.ts";
import type { LeftoverStore } from "./leftovers.ts";
import { decodeNotes, encodeNotes, NameFilter } from "./name-filter.ts";
import { tellRemoval } from "./tell-removal.ts";

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
 * that is archived takes part. Manifests stay, and the last one tells what went: counts, nobody's text. A hold that is set meanwhile
 * keeps what is left. Each step may run twice; until the packs' rows are gone they say what is left to do. The organization's backups
 * must not run meanwhile. */
export async function eraseAccount(
  deps: EraseAccountDeps,
  of: EraseOf,
  deadline: Instant,
): Promise<Step<Record<string, never>>> {
  const { organizationId, accountId, approvalId } = of;
  const account = { organizationId, accountId };
  if (await deps.isHeld(account)) return stopErasure(deps, of);
  await deps.deactivate(account);
  const isOver = pastDeadline(deps.now, deadline);
  let [others, last, place]: [NameFilter | undefined, LastNaming | undefined, number] = [undefined, undefined, 0];
  for (let packs = await some(deps, account); packs.length > 0; packs = await some(deps, account)) {
    others ??= await chatsOfOthers(deps, of, deadline);
    if (!others) return { status: "again" };
    last ??= await lastNamings(deps.archive, account);
    if (await deps.isHeld(account)) return stopErasure(deps, of);
    for (const pack of packs) await forgetContents(deps, account, pack, { others, last, place: ++place });
    await deps.archive.removePacks(account, "erasure", packs);
    if (isOver()) return again(true);
  }
  return finishErasure(deps, of, await tellRemoval(deps.archive, account, { runId: approvalId, status: "Erased" }));
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
  { others, last, place }: { readonly others: NameFilter; readonly last: LastNaming; readonly place: number },
): Promise<void> {
  for await (const chatId of chatsThatAreKnown(archive, of, pack)) {
    const name = chatName(chatId);
    if (last.of(name) === place && !others.has(name)) await contents.forget(of.organizationId, chatId);
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
