import { pausesOrganization } from "./outcome.contract.ts";
import type { ChatContents, ReasonCount, RunStatus, Totals } from "./run-store.ts";

export const NO_TOTALS: Totals = {
  messagesSeen: 0,
  messagesNew: 0,
  messagesUnchanged: 0,
  messagesFailed: 0,
  attachmentsStored: 0,
  skipped: 0,
  failed: 0,
  reasons: [],
};

export function addTotals(a: Totals, b: Totals): Totals {
  return {
    messagesSeen: a.messagesSeen + b.messagesSeen,
    messagesNew: a.messagesNew + b.messagesNew,
    messagesUnchanged: a.messagesUnchanged + b.messagesUnchanged,
    messagesFailed: a.messagesFailed + b.messagesFailed,
    attachmentsStored: a.attachmentsStored + b.attachmentsStored,
    skipped: a.skipped + b.skipped,
    failed: a.failed + b.failed,
    reasons: addReasons(a.reasons, b.reasons),
  };
}

export const contentTotals = (contents: ChatContents): Totals => ({
  ...NO_TOTALS,
  attachmentsStored: contents.stored,
  skipped: contents.skipped,
  failed: contents.failed + contents.pending,
  reasons:
    contents.pending === 0
      ? contents.reasons
      : addReasons(contents.reasons, [{ code: "content.pending", count: contents.pending }]),
});

export function addReasons(a: readonly ReasonCount[], b: readonly ReasonCount[]): ReasonCount[] {
  const counts = new Map<string, number>();
  for (const { code, count } of [...a, ...b]) counts.set(code, (counts.get(code) ?? 0) + count);
  return [...counts.entries()].sort(([x], [y]) => (x < y ? -1 : 1)).map(([code, count]) => ({ code, count }));
}

/** An outcome never looks better than it was: whatever failed makes it Partial, and what stopped it Failed or Paused. */
export function statusOf(totals: Totals, stopCode?: string): RunStatus {
  if (stopCode !== undefined) return pausesOrganization(stopCode) ? "Paused" : "Failed";
  return totals.failed === 0 ? "Completed" : "Partial";
}

export const isDamaged = ({ reasons }: Totals): boolean => reasons.some(({ code }) => code === "archive.damaged");

/** The same of one account: where something failed and not one message was seen, nothing was backed up; where its archive is
 * damaged, what was backed up is not whole. */
export function accountStatus(messages: Totals, contents: Totals, stopCode?: string): RunStatus {
  const isBarren = messages.failed > 0 && messages.messagesSeen === 0;
  if (stopCode === undefined && (isBarren || isDamaged(messages))) return "Failed";
  return statusOf(addTotals(messages, contents), stopCode);
}
