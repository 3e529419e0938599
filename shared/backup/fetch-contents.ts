import { CONTENT_SHARDS, type ContentStore, type PendingChat } from "../archive/content-store.ts";
import { again, type Step } from "../platform/activity.contract.ts";
import { isAppError } from "../platform/errors.ts";
import { forEachParallel } from "../platform/for-each-parallel.ts";
import type { Instant } from "../platform/time.ts";
import { countChat } from "./count-chat.ts";
import { drainChat, type DrainChatDeps, type Drained } from "./drain-chat.ts";
import { stopsOrganization } from "./outcome.contract.ts";

export interface FetchContentsDeps extends DrainChatDeps {
  readonly sleep: (ms: number) => Promise<void>;
}

/** Each chat allows one hosted content a second, so width is what brings speed; files of a chat share its worker. Four
 * groups of so many chats reach what Graph allows a tenant. */
const CHATS_AT_ONCE = 24;
export const CONTENT_GROUPS = 4;
const RELIST_MS = 2_000;
/** Of a run behind which another one is queued. */
const LONGEST_RUN_MS = 20 * 3_600_000;

interface Group {
  readonly organizationId: string;
  readonly runId: string;
  readonly group: number;
}

/** Fetches the contents of one group of chats that are pending or due, each chat by one worker, until all have an outcome or the
 * deadline comes. Large ones come last and one at a time: two blocks of each are held in memory. What concerns the whole
 * organization ends it for this run: what came of the chats by then, and what is left of them, is counted first. So does the run that is
 * queued behind this one, once this one has lasted most of a day and contents alone are left of it: Graph may give those of one chat for
 * days, and messages must not wait for them. */
export async function fetchContents(
  deps: FetchContentsDeps,
  group: Group,
  deadline: Instant,
): Promise<Step<{ fetched: number }>> {
  try {
    const step = await drainGroup(deps, group, deadline);
    if (step.status === "done" || !(await isInTheWay(deps, group))) return step;
    await countLeft(deps, group);
    return { status: "done", result: { fetched: 0 } };
  } catch (error) {
    if (isAppError(error) && stopsOrganization(error.code)) await countLeft(deps, group);
    throw error;
  }
}

async function drainGroup(
  deps: FetchContentsDeps,
  { organizationId, runId, group }: Group,
  deadline: Instant,
): Promise<Step<{ fetched: number }>> {
  const run = { organizationId, runId };
  const waits: Instant[] = [];
  const late = new Set<string>();
  const large = new Map<string, PendingChat>();
  let fetched = 0;
  const note = ({ chatKey }: PendingChat, drained: Drained): void => {
    fetched += drained.fetched;
    if (drained.late) late.add(chatKey);
    if (drained.notBefore !== undefined) waits.push(drained.notBefore);
  };
  const busy = new Set<string>();
  const chats = chatsUntilIdle(deps, () => chatsOf(deps, organizationId, group), busy, deadline);
  await forEachParallel(chats, CHATS_AT_ONCE, async (chat) => {
    busy.add(chat.chatKey);
    const drained = await drainChat(deps, run, chat, "small", deadline).finally(() => busy.delete(chat.chatKey));
    if (drained.hasLarge) large.set(chat.chatKey, chat);
    note(chat, drained);
  });
  for (const chat of large.values()) note(chat, await drainChat(deps, run, chat, "large", deadline));
  if (late.size > 0) return again(fetched > 0);
  if (waits.length > 0) return { status: "later", notBefore: Math.min(...waits) };
  return { status: "done", result: { fetched } };
}

async function isInTheWay({ runs, now }: FetchContentsDeps, { organizationId, runId }: Group): Promise<boolean> {
  const { startedAt, fetchedAt } = (await runs.find(organizationId, runId)) ?? {};
  if (startedAt === undefined || fetchedAt === undefined || now() < startedAt + LONGEST_RUN_MS) return false;
  return runs.isFollowed(organizationId);
}

async function countLeft(deps: FetchContentsDeps, { organizationId, runId, group }: Group): Promise<void> {
  await forEachParallel(chatsOf(deps, organizationId, group), CHATS_AT_ONCE, async ({ chatKey }) => {
    const { contents } = await countChat(deps.contents, organizationId, runId, chatKey);
    await deps.runs.putContents(organizationId, runId, contents);
  });
}

/** Lists chats with work again and again while some are being worked on: messages may still come in, and a chat that is paced
 * for half a minute must not hold up the others. A chat comes again when somebody added to it. */
async function* chatsUntilIdle(
  { now, sleep }: FetchContentsDeps,
  list: () => AsyncIterable<PendingChat>,
  busy: ReadonlySet<string>,
  deadline: Instant,
): AsyncGenerator<PendingChat> {
  const seen = new Map<string, string>();
  for (;;) {
    for await (const chat of list()) {
      if (busy.has(chat.chatKey) || seen.get(chat.chatKey) === chat.etag) continue;
      seen.set(chat.chatKey, chat.etag);
      yield chat;
    }
    if (busy.size === 0 || now() >= deadline) return;
    await sleep(RELIST_MS);
  }
}

async function* chatsOf(
  { contents, now }: { readonly contents: ContentStore; readonly now: () => Instant },
  organizationId: string,
  group: number,
): AsyncGenerator<PendingChat> {
  for (let shard = group; shard < CONTENT_SHARDS; shard += CONTENT_GROUPS)
    yield* contents.pendingChats(organizationId, shard, now());
}
