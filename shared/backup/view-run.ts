import type { z } from "zod";
import { remember } from "../platform/remember.ts";
import { type Instant, iso } from "../platform/time.ts";
import type { runAccountView, runView } from "./backup-view.contract.ts";
import { withText } from "./outcome-text.ts";
import type { Run, RunAccount, RunStatus, RunStore, Totals } from "./run-store.ts";
import { addTotals, contentTotals, NO_TOTALS } from "./totals.ts";

/** For so long what the rows of a run under way came to is shown to whoever else looks: they are as many as its accounts and chats. */
const FRESH_MS = 3_000;

/** Shows runs with their totals: exactly of one that has ended, and as of at most three seconds ago of one that is under way. */
export function runViews(runs: RunStore, now: () => Instant) {
  // By status, too: one that is set aside is shown as it came to rest.
  const soFar = remember(
    (organizationId: string, runId: string, _status: RunStatus) => totalsSoFar(runs, organizationId, runId),
    { fresh: { ms: FRESH_MS, now } },
  );
  const totalsOf = async (organizationId: string, { runId, status, totals }: Run): Promise<Totals> =>
    totals ?? (status === "Queued" ? NO_TOTALS : soFar(organizationId, runId, status));
  return async (organizationId: string, run: Run): Promise<z.output<typeof runView>> => {
    const totals = await totalsOf(organizationId, run);
    return {
      id: run.runId,
      status: run.status,
      requestedAt: iso(run.requestedAt),
      startedAt: time(run.startedAt),
      finishedAt: time(run.finishedAt),
      totals: { ...totals, reasons: totals.reasons.map(withText) },
    };
  };
}

/** What the rows of a run under way hold by now. */
export async function totalsSoFar(runs: RunStore, organizationId: string, runId: string): Promise<Totals> {
  let totals = NO_TOTALS;
  for await (const account of runs.accounts(organizationId, runId)) totals = addTotals(totals, account.totals);
  for await (const contents of runs.contents(organizationId, runId)) totals = addTotals(totals, notPending(contents));
  return totals;
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
const notPending = (contents: Parameters<typeof contentTotals>[0]) => contentTotals({ ...contents, pending: 0 });
const time = (instant: Instant | undefined): string | null => (instant === undefined ? null : iso(instant));
