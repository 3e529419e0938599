import type { ContentRecord, ContentStore, PendingChat } from "../archive/content-store.ts";
import type { Step } from "../platform/activity.contract.ts";
import { isAppError } from "../platform/errors.ts";
import { forEachParallel } from "../platform/for-each-parallel.ts";
import type { Logger } from "../platform/logger.ts";
import type { Instant } from "../platform/time.ts";
import type { Content, ContentSource } from "./content-source.ts";
import type { ChatContents, RunStore } from "./run-store.ts";
import { addReasons, stopsOrganization } from "./totals.ts";

export interface FetchContentsDeps {
  readonly source: ContentSource;
  readonly contents: ContentStore;
  readonly runs: RunStore;
  readonly maxBytes: number;
  readonly now: () => Instant;
  readonly log: Logger;
}

/** Each chat allows one hosted content a second, so width is what brings speed; files of a chat share its worker. */
const CHATS_AT_ONCE = 12;
const RETRY_AFTER_MS = 20 * 3_600_000;

/** Reasons that no later try will mend. They are counted as skipped, shown, and kept with the message. */
const PERMANENT = new Set([
  "content.gone",
  "content.no_access",
  "content.other_tenant",
  "content.not_a_file",
  "content.malware",
  "content.too_large",
  "content.host_refused",
]);

/** Fetches pending contents of one shard's chats, each chat by one worker, until all have an outcome or the deadline comes.
 * A content that fails for a reason that may pass is tried again by a later run. */
export async function fetchContents(
  deps: FetchContentsDeps,
  { organizationId, runId, shard }: { readonly organizationId: string; readonly runId: string; readonly shard: number },
  deadline: Instant,
): Promise<Step<Record<string, never>>> {
  const waits: Instant[] = [];
  const late = new Set<string>();
  await forEachParallel(deps.contents.pendingChats(organizationId, shard), CHATS_AT_ONCE, async (chat) => {
    const state = deps.now() >= deadline ? "late" : await drainChat(deps, organizationId, runId, chat, deadline);
    if (state === "late") late.add(chat.chatKey);
    else if (typeof state === "number") waits.push(state);
  });
  if (late.size > 0) return { status: "again" };
  if (waits.length > 0) return { status: "later", notBefore: Math.min(...waits) };
  return { status: "done", result: {} };
}

/** `late` when the deadline came, an instant when Graph wants to be left alone until then. */
async function drainChat(
  deps: FetchContentsDeps,
  organizationId: string,
  runId: string,
  chat: PendingChat,
  deadline: Instant,
): Promise<"late" | Instant | undefined> {
  for await (const record of deps.contents.ofChat(organizationId, chat.chatKey)) {
    if (!isDue(record, runId, deps.now())) continue;
    if (deps.now() >= deadline) return "late";
    const outcome = await fetchOne(deps, organizationId, record);
    if (typeof outcome === "number") return outcome;
    await deps.contents.finish(organizationId, { ...outcome, runId });
  }
  const counts = await countChat(deps, organizationId, runId, chat.chatKey);
  await deps.runs.putContents(organizationId, runId, counts.contents);
  if (!counts.retryable) await deps.contents.settle(organizationId, chat);
  return undefined;
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
    deps.log.warn("content.failed", { code: error.code });
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
