import { CONTENT_SHARDS, type ContentRecord, type ContentStore, type PendingChat } from "../archive/content-store.ts";
import type { Step } from "../platform/activity.contract.ts";
import { isAppError } from "../platform/errors.ts";
import { forEachParallel } from "../platform/for-each-parallel.ts";
import type { Logger } from "../platform/logger.ts";
import type { Instant } from "../platform/time.ts";
import type { Content, ContentSource } from "./content-source.ts";
import { stopsOrganization } from "./outcome.contract.ts";
import type { ChatContents, RunStore } from "./run-store.ts";
import { addReasons } from "./totals.ts";

export interface FetchContentsDeps {
  readonly source: ContentSource;
  readonly contents: ContentStore;
  readonly runs: RunStore;
  readonly maxBytes: number;
  readonly now: () => Instant;
  readonly sleep: (ms: number) => Promise<void>;
  readonly log: Logger;
}

/** Each chat allows one hosted content a second, so width is what brings speed; files of a chat share its worker. Four
 * groups of so many chats reach what Graph allows a tenant. */
const CHATS_AT_ONCE = 24;
export const CONTENT_GROUPS = 4;
const RELIST_MS = 2_000;
const RETRY_AFTER_MS = 20 * 3_600_000;

/** Reasons that no later try will mend. They are counted as skipped, shown, and kept with the message. */
const PERMANENT = new Set([
  "content.gone",
  "content.no_access",
  "content.unsupported_link",
  "content.other_tenant",
  "content.not_a_file",
  "content.malware",
  "content.too_large",
  "content.host_refused",
  "content.address_too_long",
]);

/** Fetches pending contents of one group of chats, each chat by one worker, until all have an outcome or the deadline comes.
 * A content that fails for a reason that may pass is tried again by a later run. */
export async function fetchContents(
  deps: FetchContentsDeps,
  { organizationId, runId, group }: { readonly organizationId: string; readonly runId: string; readonly group: number },
  deadline: Instant,
): Promise<Step<{ fetched: number }>> {
  const waits: Instant[] = [];
  const late = new Set<string>();
  let fetched = 0;
  const busy = new Set<string>();
  const chats = chatsUntilIdle(deps, () => chatsOf(deps.contents, organizationId, group), busy, deadline);
  await forEachParallel(chats, CHATS_AT_ONCE, async (chat) => {
    busy.add(chat.chatKey);
    const drained = await drainChat(deps, organizationId, runId, chat, deadline).finally(() =>
      busy.delete(chat.chatKey),
    );
    fetched += drained.fetched;
    if (drained.late) late.add(chat.chatKey);
    if (drained.notBefore !== undefined) waits.push(drained.notBefore);
  });
  if (late.size > 0) return { status: "again" };
  if (waits.length > 0) return { status: "later", notBefore: Math.min(...waits) };
  return { status: "done", result: { fetched } };
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

async function* chatsOf(contents: ContentStore, organizationId: string, group: number): AsyncGenerator<PendingChat> {
  for (let shard = group; shard < CONTENT_SHARDS; shard += CONTENT_GROUPS)
    yield* contents.pendingChats(organizationId, shard);
}

interface Drained {
  readonly fetched: number;
  /** The deadline came before the end. */
  readonly late?: true;
  /** Graph wants to be left alone until then. */
  readonly notBefore?: Instant;
}

async function drainChat(
  deps: FetchContentsDeps,
  organizationId: string,
  runId: string,
  chat: PendingChat,
  deadline: Instant,
): Promise<Drained> {
  let fetched = 0;
  for await (const record of deps.contents.ofChat(organizationId, chat.chatKey)) {
    if (!isDue(record, runId, deps.now())) continue;
    if (deps.now() >= deadline) return { fetched, late: true };
    const outcome = await fetchOne(deps, organizationId, record);
    if (typeof outcome === "number") return { fetched, notBefore: outcome };
    await deps.contents.finish(organizationId, { ...outcome, runId });
    fetched += 1;
  }
  const counts = await countChat(deps, organizationId, runId, chat.chatKey);
  await deps.runs.putContents(organizationId, runId, counts.contents);
  if (!counts.retryable) await deps.contents.settle(organizationId, chat);
  return { fetched };
}

const isDue = (record: ContentRecord, runId: string, now: Instant): boolean =>
  record.state === "pending" ||
  (record.state === "failed" && record.retryAt !== undefined && record.retryAt <= now && record.runId !== runId);

async function fetchOne(
  deps: FetchContentsDeps,
  organizationId: string,
  record: ContentRecord,
): Promise<ContentRecord | Instant> {
  const { retryAt: _, reason: __, ...known } = record;
  try {
    const content = await open(deps.source, organizationId, record);
    if (content.bytes !== undefined && content.bytes > deps.maxBytes) {
      content.body.destroy();
      return { ...known, state: "failed", reason: "content.too_large" };
    }
    const stored = await deps.contents.put(organizationId, content.body, deps.maxBytes);
    return {
      ...known,
      state: "stored",
      ...stored,
      ...(content.type === undefined ? {} : { type: content.type }),
      ...(content.sourceVersion === undefined ? {} : { sourceVersion: content.sourceVersion }),
    };
  } catch (error) {
    if (!isAppError(error) || stopsOrganization(error.code) || error.code.startsWith("storage.")) throw error;
    if (error.options.notBefore !== undefined) return error.options.notBefore;
    deps.log.info("content.failed", { code: error.code });
    const retry = PERMANENT.has(error.code) ? {} : { retryAt: deps.now() + RETRY_AFTER_MS };
    return { ...known, state: "failed", reason: error.code, ...retry };
  }
}

function open(
  source: ContentSource,
  organizationId: string,
  { chatId, messageId, reference }: ContentRecord,
): Promise<Content> {
  return reference.kind === "hosted"
    ? source.hosted(organizationId, { chatId, messageId, hostedId: reference.hostedId })
    : source.file(organizationId, { url: reference.url });
}

async function countChat(deps: FetchContentsDeps, organizationId: string, runId: string, chatKey: string) {
  let contents: ChatContents = { chatKey, stored: 0, bytes: 0, skipped: 0, failed: 0, pending: 0, reasons: [] };
  let retryable = false;
  for await (const record of deps.contents.ofChat(organizationId, chatKey)) {
    if (record.state === "pending") contents = { ...contents, pending: contents.pending + 1 };
    if (record.retryAt !== undefined && record.state === "failed") retryable = true;
    if (record.runId !== runId) continue;
    if (record.state === "stored")
      contents = { ...contents, stored: contents.stored + 1, bytes: contents.bytes + (record.bytes ?? 0) };
    if (record.state !== "failed") continue;
    const code = record.reason ?? "content.failed";
    const kind = PERMANENT.has(code) ? "skipped" : "failed";
    contents = { ...contents, [kind]: contents[kind] + 1, reasons: addReasons(contents.reasons, [{ code, count: 1 }]) };
  }
  return { contents, retryable: retryable || contents.pending > 0 };
}
