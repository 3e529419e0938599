import type { ContentStore } from "../archive/content-store.ts";
import type { Instant } from "../platform/time.ts";
import { policyOf } from "./content-outcomes.ts";
import type { ChatContents } from "./run-store.ts";
import { addReasons } from "./totals.ts";

export interface ChatCount {
  /** Of what this run tried, and of what is still pending. */
  readonly contents: ChatContents;
  /** When the next failed content is due; undefined: none ever. */
  readonly dueAt?: Instant;
}

/** Counts the contents of one chat by reading their rows. */
export async function countChat(
  store: ContentStore,
  organizationId: string,
  runId: string,
  chatKey: string,
): Promise<ChatCount> {
  let contents: ChatContents = { chatKey, stored: 0, bytes: 0, skipped: 0, failed: 0, pending: 0, reasons: [] };
  let dueAt = Number.POSITIVE_INFINITY;
  for await (const record of store.ofChat(organizationId, chatKey)) {
    if (record.state === "pending") contents = { ...contents, pending: contents.pending + 1 };
    if (record.state === "failed") dueAt = Math.min(dueAt, record.retryAt ?? dueAt);
    if (record.runId !== runId) continue;
    if (record.state === "stored")
      contents = { ...contents, stored: contents.stored + 1, bytes: contents.bytes + (record.bytes ?? 0) };
    if (record.state !== "failed") continue;
    const code = record.reason ?? "content.unexpected";
    const { counts } = policyOf(code);
    contents = {
      ...contents,
      [counts]: contents[counts] + 1,
      reasons: addReasons(contents.reasons, [{ code, count: 1 }]),
    };
  }
  return { contents, ...(Number.isFinite(dueAt) ? { dueAt } : {}) };
}
