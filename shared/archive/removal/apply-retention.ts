import { parseMessage } from "../../chats/message.ts";
import { referencesOf } from "../../chats/references.ts";
import { again, type Step } from "../../platform/activity.contract.ts";
import { isAppError } from "../../platform/errors.ts";
import type { Instant } from "../../platform/time.ts";
import { readPack } from "../archive-reader.ts";
import type { ArchiveOf, ArchiveStore, PackRow } from "../archive-store.ts";
import type { ContentStore } from "../content-store.ts";
import { isMonthPast, type VisibleFrom } from "../retention.ts";
import { monthOf } from "../version.ts";
import { chatName, pastDeadline } from "./collect-chats.ts";
import { addHeldChats, type HeldChats, readHeldChats } from "./held-chats.ts";
import type { LeftoverStore } from "./leftovers.ts";
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

/** Removes the packs of months that are past retention altogether, and the content rows of their messages unless a held account takes
 * part in the chat, also one whose hold came meanwhile; then writes the manifest that tells it. Each step may run twice; files that a crash left go with the leftovers. The
 * organization's backups must not run meanwhile. */
export async function applyRetention(
  deps: ApplyRetentionDeps,
  { retentionId, ...of }: ArchiveOf & { readonly retentionId: string },
  deadline: Instant,
): Promise<Step<Record<string, never>>> {
  const isOver = pastDeadline(deps.now, deadline);
  let kept: HeldChats | undefined;
  for (let packs = await pastPacks(deps, of); packs.length > 0; packs = await pastPacks(deps, of)) {
    kept ??= await readHeldChats(deps.leftovers, { ...of, retentionId });
    const held = await deps.held(of.organizationId);
    if (held.includes(of.accountId)) break;
    if (!(await addHeldChats(deps, { ...of, retentionId }, kept, held, isOver))) return { status: "again" };
    for (const pack of packs) await forgetContents(deps, of, pack, kept.names);
    await deps.archive.removePacks(of, "retention", packs);
    for (const pack of packs) await deps.archive.removePackFile(of, pack);
    if (isOver()) return again(true);
  }
  if (await isUntold(deps.archive, of)) await tellRemoval(deps.archive, of, { runId: retentionId, status: "Reduced" });
  return { status: "done", result: {} };
}

/** Looked up each time: a hold that comes meanwhile holds what is left. */
async function pastPacks({ archive, visibleFrom }: ApplyRetentionDeps, of: ArchiveOf): Promise<PackRow[]> {
  const packs: PackRow[] = [];
  const from = await visibleFrom(of);
  if (!Number.isFinite(from)) return packs;
  for await (const pack of archive.packs(of, { from: "0", to: monthOf(from) })) {
    if (!isMonthPast(pack.month, from)) break;
    if (packs.push(pack) === PACKS_AT_ONCE) break;
  }
  return packs;
}

async function forgetContents(
  { archive, contents }: ApplyRetentionDeps,
  of: ArchiveOf,
  pack: PackRow,
  kept: HeldChats["names"],
): Promise<void> {
  try {
    for await (const { chatId, id, raw } of readPack(archive, of, pack))
      if (referencesOf(parseMessage(raw)).length > 0 && !kept.has(chatName(chatId)))
        await contents.forget(of.organizationId, chatId, id);
  } catch (error) {
    // Nobody can say any more what its messages pointed to.
    if (!isAppError(error, "archive.damaged")) throw error;
  }
}

/** Also what an earlier pass took away and did not come to tell. */
async function isUntold(archive: ArchiveStore, of: ArchiveOf): Promise<boolean> {
  for await (const { removed } of archive.changes(of)) if (removed) return true;
  return false;
}
