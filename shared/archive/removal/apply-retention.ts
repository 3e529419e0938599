import { again, type Step } from "../../platform/activity.contract.ts";
import type { Instant } from "../../platform/time.ts";
import type { ArchiveOf, ArchiveStore, PackRow } from "../archive-store.ts";
import type { ContentStore } from "../content-store.ts";
import { isMonthPast, type VisibleFrom } from "../retention.ts";
import { chatName, pastDeadline } from "./collect-chats.ts";
import { addHeldChats, type HeldChats, readHeldChats } from "./held-chats.ts";
import { type LastMessages, lastMessages } from "./last-messages.ts";
import { addLeftBehind } from "./left-behind.ts";
import type { LeftoverStore } from "./leftovers.ts";
import { messageName, messagesWithContents, pastPacks } from "./messages-with-contents.ts";
import { tellRemoval } from "./tell-removal.ts";

export interface ApplyRetentionDeps {
  readonly archive: ArchiveStore;
  readonly contents: ContentStore;
  readonly leftovers: LeftoverStore;
  readonly visibleFrom: VisibleFrom;
  /** Ids of the accounts of an organization that are held. */
  readonly held: (organizationId: string) => Promise<readonly string[]>;
  readonly now: () => Instant;
}

const PACKS_AT_ONCE = 20;

type RetainOf = ArchiveOf & { readonly retentionId: string };

/** Removes the packs of months that are past retention altogether; with the last pack of the organization that has a message goes what
 * its contents are known by, unless a held account takes part in the chat, also one whose hold came meanwhile. Then writes the
 * manifest that tells it. Each step may run twice; files that a crash left go with the leftovers. Accounts have their turn in the order
 * of their ids, one after the other. The organization's backups must not run meanwhile. */
export async function applyRetention(
  deps: ApplyRetentionDeps,
  { retentionId, ...of }: RetainOf,
  deadline: Instant,
): Promise<Step<Record<string, never>>> {
  const isOver = pastDeadline(deps.now, deadline);
  const turn = { ...of, retentionId };
  let [kept, order]: [HeldChats | undefined, Order | undefined] = [undefined, undefined];
  for (let packs = await somePast(deps, of); packs.length > 0; packs = await somePast(deps, of)) {
    kept ??= await readHeldChats(deps.leftovers, turn);
    const held = await deps.held(of.organizationId);
    if (held.includes(of.accountId)) break;
    if (!(await addHeldChats(deps, turn, kept, held, isOver))) return again(true);
    order ??= await orderOf(deps, turn, kept, isOver);
    if (!order) return again(true);
    const { until } = order;
    const due = packs.filter(({ month }) => isMonthPast(month, until));
    if (due.length === 0) break;
    for (const pack of due)
      await forgetContents(deps, of, pack, { names: kept.names, last: order.last, place: ++order.place });
    await deps.archive.removePacks(of, "retention", due);
    for (const pack of due) await deps.archive.removePackFile(of, pack);
    if (isOver()) return again(true);
  }
  if (await isUntold(deps.archive, of)) await tellRemoval(deps.archive, of, { runId: retentionId, status: "Reduced" });
  return { status: "done", result: {} };
}

/** Looked up each time: a hold that comes meanwhile holds what is left. */
async function somePast({ archive, visibleFrom }: ApplyRetentionDeps, of: ArchiveOf): Promise<PackRow[]> {
  const packs: PackRow[] = [];
  for await (const pack of pastPacks(archive, of, await visibleFrom(of))) if (packs.push(pack) === PACKS_AT_ONCE) break;
  return packs;
}

/** `place`: of the pack that went last. */
type Order = Pick<LastMessages, "last" | "until"> & { place: number };

/** Of an account that was held when the order was noted nothing is due before the next retention, as of months that are past only
 * since then. */
async function orderOf(
  deps: ApplyRetentionDeps,
  turn: RetainOf,
  kept: HeldChats,
  isOver: () => boolean,
): Promise<Order | undefined> {
  const noted = await lastMessages(deps, turn, { held: kept, until: await deps.visibleFrom(turn) }, isOver);
  if (!noted || !(await addLeftBehind(deps, turn, kept, noted, isOver))) return undefined;
  const { accounts, last, until } = noted;
  const end = accounts.find(({ accountId }) => accountId === turn.accountId)?.end;
  if (end === undefined) return { last, until: Number.NEGATIVE_INFINITY, place: 0 };
  let left = 0;
  for await (const _ of pastPacks(deps.archive, turn, until)) left += 1;
  return { last, until, place: end - left };
}

async function forgetContents(
  { archive, contents }: ApplyRetentionDeps,
  of: ArchiveOf,
  pack: PackRow,
  { names, last, place }: Pick<HeldChats, "names"> & Pick<Order, "last" | "place">,
): Promise<void> {
  for await (const message of messagesWithContents(archive, of, pack)) {
    const name = messageName(message);
    if (last.of(name) === place && !names.has(name) && !names.has(chatName(message.chatId)))
      await contents.forget(of.organizationId, message.chatId, message.id);
  }
}

/** Also what an earlier pass took away and did not come to tell. */
async function isUntold(archive: ArchiveStore, of: ArchiveOf): Promise<boolean> {
  for await (const { removed } of archive.changes(of)) if (removed) return true;
  return false;
}
