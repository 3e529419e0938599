import type { ArchiveOf, ArchiveStore } from "../archive/archive-store.ts";
import type { Step } from "../platform/activity.contract.ts";
import type { Instant } from "../platform/time.ts";
import { accountOutcome } from "./account-outcome.ts";
import type { BackupAccounts } from "./backup-accounts.ts";
import { concernOf } from "./concern.ts";
import { pausesOrganization, stopsOrganization } from "./outcome.contract.ts";
import type { Run, RunAccount, RunStatus, RunStore, Totals } from "./run-store.ts";
import { shownTotals } from "./show-account.ts";
import { addReasons, addTotals, contentTotals, NO_TOTALS, statusOf } from "./totals.ts";
import type { UserStandings } from "./user-standing.ts";

export interface RunAccountsDeps {
  readonly runs: RunStore;
  readonly archive: ArchiveStore;
  readonly accounts: BackupAccounts;
  readonly standings: UserStandings;
  /** Whether Graph wants payment for the organization's exports. */
  readonly isUnpaid: (organizationId: string) => Promise<boolean>;
  /** Notes how many messages Graph returned for the run. */
  readonly countUsage: (
    organizationId: string,
    run: { readonly source: string; readonly since: Instant; readonly messages: number },
  ) => Promise<void>;
  readonly now: () => Instant;
}

type InRun = ArchiveOf & { readonly runId: string };

/** Begins the queued run, or goes on with the one that is running: its stored list is made here, of a daily run from a directory
 * that was just read. */
export async function beginRun(
  deps: RunAccountsDeps,
  { organizationId, refreshed = false }: { readonly organizationId: string; readonly refreshed?: boolean | undefined },
): Promise<Step<{ runId: string | null; accounts: number; refresh?: boolean }>> {
  const run = await deps.runs.begin(organizationId);
  if (!run) return { status: "done", result: { runId: null, accounts: 0 } };
  if (run.daily === true && !refreshed)
    return { status: "done", result: { runId: run.runId, accounts: 0, refresh: true } };
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
  const of = { organizationId, accountId };
  const totals = await withOutcomes(deps, of, codes, await windowTotals(deps.archive, of, runId));
  await deps.runs.putAccount(organizationId, runId, {
    ...queued(accountId),
    ...known,
    status: "Running",
    totals,
    ...(codes.some(pausesOrganization) ? {} : { fetchedAt: deps.now() }),
  });
  return { status: "done", result: {} };
}

/** Sets the run aside as it is: nothing of it is sealed. Payment that was settled while it came to rest lets it go on at once. */
async function pause(deps: RunAccountsDeps, organizationId: string, run: Run): Promise<boolean> {
  const { runs, isUnpaid } = deps;
  let totals = NO_TOTALS;
  for await (const account of runs.accounts(organizationId, run.runId)) totals = addTotals(totals, account.totals);
  await countRun(deps, organizationId, run, totals);
  await runs.pause(organizationId, run.runId);
  return !(await isUnpaid(organizationId)) && (await runs.resume(organizationId));
}

/** Ends the run, or sets it aside: its status and totals are sums over its accounts and over the contents of its chats. */
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
  if (pausesOrganization(stopCode)) return { status: "done", result: { next: await pause(deps, organizationId, run) } };
  let totals: Totals = {
    ...NO_TOTALS,
    failed: codes.length,
    reasons: addReasons(
      [],
      codes.map((code) => ({ code, count: 1 })),
    ),
  };
  const statuses = new Set<RunStatus>();
  for await (const account of deps.runs.accounts(organizationId, runId)) {
    const ended = isEnded(account) ? account : await endUnsealed(deps, organizationId, runId, account, stopCode);
    // Contents that several accounts share are counted once, by their chats.
    totals = addTotals(totals, ended.totals);
    statuses.add(ended.status);
  }
  for await (const contents of deps.runs.contents(organizationId, runId))
    totals = addTotals(totals, contentTotals(contents));
  const status =
    stopCode === undefined && totals.messagesSeen === 0 && isBarren(statuses) ? "Failed" : statusOf(totals, stopCode);
  await countRun(deps, organizationId, run, totals);
  const ended: Run = {
    ...run,
    ...(stopCode === undefined ? {} : { stopCode }),
    ...{ status, totals, finishedAt: run.finishedAt ?? deps.now() },
  };
  const next = await deps.runs.finish(organizationId, ended, concernOf(ended));
  return { status: "done", result: { next } };
}

/** Not one account was backed up. */
const isBarren = (statuses: ReadonlySet<RunStatus>): boolean => statuses.size === 1 && statuses.has("Failed");

const countRun = (deps: RunAccountsDeps, organizationId: string, run: Run, totals: Totals): Promise<void> =>
  deps.countUsage(organizationId, {
    source: run.runId,
    since: run.startedAt ?? run.requestedAt,
    messages: totals.messagesSeen,
  });

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
  const of = { organizationId, accountId: account.accountId };
  const status = stopCode === undefined ? "Failed" : statusOf(account.totals, stopCode);
  const totals = account.totals.failed > 0 ? account.totals : addTotals(account.totals, failure("backup.not_reached"));
  const ended: RunAccount = { ...account, status, totals, finishedAt: deps.now() };
  await deps.archive.putTotals(of, shownTotals(await deps.archive.totals(of), ended, runId));
  await deps.runs.putAccount(organizationId, runId, ended);
  return ended;
}

export const failure = (code: string): Totals => ({ ...NO_TOTALS, failed: 1, reasons: [{ code, count: 1 }] });

/** Adds what kept the account, or a part of it, from being read; and why an account has nothing at all. */
async function withOutcomes(
  { standings, archive }: RunAccountsDeps,
  of: ArchiveOf,
  codes: readonly string[],
  windows: Totals,
): Promise<Totals> {
  const isBare = codes.length === 0 && windows.messagesSeen === 0 && !(await archive.totals(of))?.messages;
  const outcomes = await Promise.all((isBare ? [undefined] : codes).map((code) => accountOutcome(standings, of, code)));
  const once = new Map(outcomes.filter((outcome) => outcome !== undefined).map((outcome) => [outcome.code, outcome]));
  return [...once.values()].reduce(
    (totals, { kind, code }) => addTotals(totals, { ...NO_TOTALS, [kind]: 1, reasons: [{ code, count: 1 }] }),
    windows,
  );
}

async function windowTotals(archive: ArchiveStore, of: ArchiveOf, runId: string): Promise<Totals> {
  let totals = NO_TOTALS;
  for await (const window of archive.windows(of)) {
    if (window.runId !== runId) continue;
    totals = addTotals(totals, {
      ...NO_TOTALS,
      messagesSeen: window.seen,
      messagesNew: window.added,
      messagesUnchanged: window.unchanged,
      messagesFailed: window.malformed,
      failed: window.malformed,
      reasons: window.malformed > 0 ? [{ code: "graph.malformed_message", count: window.malformed }] : [],
    });
  }
  return totals;
}

async function* none(): AsyncGenerator<string> {}
