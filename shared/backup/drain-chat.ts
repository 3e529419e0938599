import type { ContentRecord, PendingChat } from "../archive/content-store.ts";
import type { ContentUploads } from "../archive/content-uploads.ts";
import type { Instant } from "../platform/time.ts";
import { policyOf } from "./content-outcomes.ts";
import { countChat } from "./count-chat.ts";
import { fetchContent, type FetchContentDeps } from "./fetch-content.ts";
import type { RunStore } from "./run-store.ts";

export interface DrainChatDeps extends FetchContentDeps {
  readonly runs: RunStore;
  readonly uploads: ContentUploads;
}

export interface Drained {
  readonly fetched: number;
  /** The deadline came before the end. */
  readonly late?: true;
  /** A source wants to be left alone until then. */
  readonly notBefore?: Instant;
  /** Large contents are left. */
  readonly hasLarge?: true;
}

/** Fetches what is due of one chat, one content after another: the small ones, or the large ones. When nothing is left, the chat is
 * counted and leaves the list until something of it is due again. */
export async function drainChat(
  deps: DrainChatDeps,
  { organizationId, runId }: { readonly organizationId: string; readonly runId: string },
  chat: PendingChat,
  size: "small" | "large",
  deadline: Instant,
): Promise<Drained> {
  let fetched = 0;
  let hasLarge = false;
  for await (const record of deps.contents.ofChat(organizationId, chat.chatKey)) {
    if (isUncounted(record)) await deps.contents.finish(organizationId, { ...record, runId });
    if (!isDue(record, runId, deps.now())) continue;
    if ((record.large ?? false) !== (size === "large")) {
      hasLarge ||= record.large ?? false;
      continue;
    }
    if (deps.now() >= deadline) return { fetched, late: true };
    const { record: next, notBefore } = await fetchContent(deps, organizationId, record, deadline);
    if (!next) return { fetched, late: true };
    const isOver = next.state !== "pending";
    await deps.contents.finish(organizationId, isOver ? { ...next, runId } : next);
    if (record.large && !isGoneOnWith(next)) await deps.uploads.discard(organizationId, record);
    if (notBefore !== undefined) return { fetched, notBefore };
    hasLarge ||= !isOver;
    if (isOver) fetched += 1;
  }
  if (hasLarge) return { fetched, hasLarge };
  const { contents, dueAt } = await countChat(deps.contents, organizationId, runId, chat.chatKey);
  await deps.runs.putContents(organizationId, runId, contents);
  if (contents.pending === 0) await deps.contents.settle(organizationId, chat, dueAt);
  return { fetched };
}

/** Whether what is staged of a content serves a later try. */
const isGoneOnWith = ({ state, reason = "" }: ContentRecord): boolean =>
  state === "pending" || (state === "failed" && policyOf(reason).counts === "failed");

/** It failed before anybody tried it: the run that finds it counts it. */
const isUncounted = ({ state, runId }: ContentRecord): boolean => state === "failed" && runId === undefined;

const isDue = (record: ContentRecord, runId: string, now: Instant): boolean =>
  record.state === "pending" ||
  (record.state === "failed" && record.retryAt !== undefined && record.retryAt <= now && record.runId !== runId);
