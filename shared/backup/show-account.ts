import type { ArchiveTotals } from "../archive/archive-store.ts";
import type { RunAccount } from "./run-store.ts";
import { addTotals } from "./totals.ts";

/** What lists show of an account after a run: the archive's sums, and how the run ended for it. */
export function shownTotals(
  sums: Omit<ArchiveTotals, "lastRun"> | undefined,
  account: RunAccount,
  runId: string,
): ArchiveTotals {
  const all = addTotals(account.totals, account.contents);
  return {
    ...(sums ?? { messages: 0, versions: 0, storedBytes: 0 }),
    lastRun: {
      runId,
      status: account.status,
      finishedAt: account.finishedAt ?? 0,
      newMessages: all.messagesNew,
      failedItems: all.failed,
      reasons: all.reasons,
    },
  };
}
