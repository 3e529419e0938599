import type { z } from "zod";
import { type Instant, iso } from "../platform/time.ts";
import type { runAccountView, runView } from "./backup-view.contract.ts";
import { withText } from "./outcome-text.ts";
import type { Run, RunAccount, RunStore } from "./run-store.ts";
import { addTotals, contentTotals, NO_TOTALS } from "./totals.ts";

/** A run with its totals: of one that is under way, what its rows hold so far. */
export async function viewRun(runs: RunStore, organizationId: string, run: Run): Promise<z.output<typeof runView>> {
  let totals = run.totals;
  if (!totals) {
    totals = NO_TOTALS;
    for await (const account of runs.accounts(organizationId, run.runId)) totals = addTotals(totals, account.totals);
    for await (const contents of runs.contents(organizationId, run.runId)) totals = addTotals(totals, soFar(contents));
  }
  return {
    id: run.runId,
    status: run.status,
    requestedAt: iso(run.requestedAt),
    startedAt: time(run.startedAt),
    finishedAt: time(run.finishedAt),
    totals: { ...totals, reasons: totals.reasons.map(withText) },
  };
}

/** An account of a run; of one that is set aside every account waits with it. */
export function viewAccount(account: RunAccount, { status }: Run): z.output<typeof runAccountView> {
  const totals = addTotals(account.totals, account.contents);
  return {
    accountId: account.accountId,
    status: status === "Paused" ? status : account.status,
    startedAt: time(account.startedAt),
    finishedAt: time(account.finishedAt),
    totals: { ...totals, reasons: totals.reasons.map(withText) },
  };
}

/** What is still pending in a run under way has not failed. */
const soFar = (contents: Parameters<typeof contentTotals>[0]) => contentTotals({ ...contents, pending: 0 });
const time = (instant: Instant | undefined): string | null => (instant === undefined ? null : iso(instant));
