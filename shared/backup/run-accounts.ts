import type { ArchiveOf, ArchiveStore } from "../archive/archive-store.ts";
import type { Step } from "../platform/activity.contract.ts";
import type { Instant } from "../platform/time.ts";
import type { BackupAccounts } from "./backup-accounts.ts";
import type { RunAccount, RunStore, Totals } from "./run-store.ts";
import { addReasons, addTotals, contentTotals, NO_TOTALS, statusOf, stopsOrganization } from "./totals.ts";

export interface RunAccountsDeps {
  readonly runs: RunStore;
  readonly archive: ArchiveStore;
  readonly accounts: BackupAccounts;
  readonly now: () => Instant;
}

type InRun = ArchiveOf & { readonly runId: string };

/** Begins the queued run, or goes on with the one that is running: its stored list is made here. */
export async function beginRun(
  deps: RunAccountsDeps,
  { organizationId }: { readonly organizationId: string },
): Promise<Step<{ runId: string | null; accounts: number }>> {
  const run = await deps.runs.begin(organizationId);
  if (!run) return { status: "done", result: { runId: null, accounts: 0 } };
  const ids = run.scope === "all" ? deps.accounts.active(organizationId) : none();
  const accounts = await deps.runs.enlist(organizationId, run.runId, ids);
  return { status: "done", result: { runId: run.runId, accounts } };
}

/** After an account's messages: counts of its windows in this run, and whether the whole organization has to stop. */
export async function closeAccount(
  deps: RunAccountsDeps,
  { organizationId, accountId, runId, codes }: InRun & { readonly codes: readonly string[] },
): Promise<Step<Record<string, never>>> {
  const stopCode = codes.find(stopsOrganization);
  if (stopCode !== undefined) await deps.runs.stop(organizationId, runId, stopCode);
  const known = await deps.runs.account(organizationId, runId, accountId);
  // A late repeat: the account is sealed.
  if (known && isEnded(known)) return { status: "done", result: {} };
  const totals = await windowTotals(deps.archive, { organizationId, accountId }, runId, codes);
  await deps.runs.putAccount(organizationId, runId, { ...queued(accountId), ...known, status: "Running", totals });
  return { status: "done", result: {} };
}

/** Ends the run: its status and totals are sums over its accounts and over the contents of its chats. */
export async function finishRun(
  deps: RunAccountsDeps,
  {
    organizationId,
    runId,
    codes,
  }: { readonly organizationId: string; readonly runId: string; readonly codes: readonly string[] },
): Promise<Step<{ next: boolean }>> {
  const run = await deps.runs.find(organizationId, runId);
  if (!run) return { status: "failed", code: "backup.run_not_found" };
  const stopCode = run.stopCode ?? codes.find(stopsOrganization);
  let totals: Totals = {
    ...NO_TOTALS,
    failed: codes.length,
    reasons: addReasons(
      [],
      codes.map((code) => ({ code, count: 1 })),
    ),
  };
  for await (const account of deps.runs.accounts(organizationId, runId)) {
    const ended = isEnded(account) ? account : await endUnsealed(deps, organizationId, runId, account, stopCode);
    // Contents that several accounts share are counted once, by their chats.
    totals = addTotals(totals, ended.totals);
  }
  for await (const contents of deps.runs.contents(organizationId, runId))
    totals = addTotals(totals, contentTotals(contents));
  const status = statusOf(totals, stopCode);
  const next = await deps.runs.finish(organizationId, {
    ...run,
    status,
    totals,
    finishedAt: run.finishedAt ?? deps.now(),
  });
  return { status: "done", result: { next } };
}

export const queued = (accountId: string): RunAccount => ({
  accountId,
  status: "Queued",
  totals: NO_TOTALS,
  contents: NO_TOTALS,
});
export const isEnded = (account: RunAccount): boolean => account.status !== "Queued" && account.status !== "Running";

async function endUnsealed(
  deps: RunAccountsDeps,
  organizationId: string,
  runId: string,
  account: RunAccount,
  stopCode: string | undefined,
) {
  const code = stopCode ?? "backup.not_reached";
  const status = stopCode === undefined ? "Failed" : statusOf(account.totals, stopCode);
  const totals = account.totals.failed > 0 ? account.totals : addTotals(account.totals, failure(code));
  const ended: RunAccount = { ...account, status, totals, finishedAt: deps.now() };
  await deps.runs.putAccount(organizationId, runId, ended);
  return ended;
}

export const failure = (code: string): Totals => ({ ...NO_TOTALS, failed: 1, reasons: [{ code, count: 1 }] });

async function windowTotals(
  archive: ArchiveStore,
  of: ArchiveOf,
  runId: string,
  codes: readonly string[],
): Promise<Totals> {
  let totals = NO_TOTALS;
  for (const code of codes) totals = addTotals(totals, failure(code));
  for await (const window of archive.windows(of)) {
    if (window.runId !== runId) continue;
    totals = addTotals(totals, {
      ...NO_TOTALS,
      messagesSeen: window.seen,
      messagesNew: window.added,
      messagesUnchanged: window.unchanged,
      failed: window.malformed,
      reasons: window.malformed > 0 ? [{ code: "graph.malformed_message", count: window.malformed }] : [],
    });
  }
  return totals;
}

async function* none(): AsyncGenerator<string> {}
