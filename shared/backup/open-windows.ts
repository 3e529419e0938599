import { type ArchiveOf, type ArchiveStore, NO_COUNTS, type WindowRow } from "../archive/archive-store.ts";
import type { Step } from "../platform/activity.contract.ts";
import { isAppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import type { BackupAccounts } from "./backup-accounts.ts";
import { planWindows, type TimeWindow } from "./plan-windows.ts";
import type { RunStore } from "./run-store.ts";

export interface OpenWindowsDeps {
  readonly archive: ArchiveStore;
  readonly runs: RunStore;
  readonly accounts: Pick<BackupAccounts, "graphId">;
  readonly overlapMs: number;
}

const LONGEST_JOINED_MS = 366 * 86_400_000;

/** Writes the windows that an account still needs, up to the start of the run, and answers those that are pending, at most so many. None
 * for one that is not active any more: where it was erased, a row would look like a beginning of another archive. */
export async function openWindows(
  deps: OpenWindowsDeps,
  {
    organizationId,
    accountId,
    runId,
    most,
  }: ArchiveOf & { readonly runId: string; readonly most?: number | undefined },
): Promise<Step<{ windows: TimeWindow[] }>> {
  const of = { organizationId, accountId };
  const run = await deps.runs.find(organizationId, runId);
  if (run?.startedAt === undefined) return { status: "failed", code: "backup.run_not_found" };
  if ((await deps.accounts.graphId(organizationId, accountId)) === undefined)
    return { status: "failed", code: "account.not_active" };
  const known = await Array.fromAsync(deps.archive.windows(of));
  // Everything up to a later time is done already: this clock, or the one of an earlier run, is wrong.
  const startedAt = run.startedAt;
  if (known.some(({ to }) => to > startedAt)) return { status: "failed", code: "backup.clock_went_back" };
  const covered = known.some(({ to }) => to === run.startedAt);
  const fresh = covered ? [] : newWindows(known, run.startedAt, deps.overlapMs, runId);
  const { windows, replaced } = joined(known, fresh);
  try {
    if (windows.length > 0) await deps.archive.commit(of, [], windows, replaced);
  } catch (error) {
    // Somebody joined or fetched them at the same time and was first.
    if (isAppError(error, "storage.not_found")) return { status: "again" };
    throw error;
  }
  const pending = [...known.filter((row) => row.state === "pending" && !replaced.includes(row)), ...windows];
  return { status: "done", result: { windows: pending.slice(0, most).map(({ from, to }) => ({ from, to })) } };
}

/** An account that is refused run after run would gather a window for each: what nothing came of is joined with what follows it. */
function joined(
  known: readonly WindowRow[],
  fresh: readonly WindowRow[],
): { windows: readonly WindowRow[]; replaced: readonly WindowRow[] } {
  const [first, ...others] = fresh;
  const before = first && known.find((row) => isBare(row) && row.to === first.from);
  if (!before || first.to - before.from > LONGEST_JOINED_MS) return { windows: fresh, replaced: [] };
  return { windows: [{ ...first, from: before.from }, ...others], replaced: [before] };
}

const isBare = ({ state, seen, nextLink }: WindowRow): boolean =>
  state === "pending" && seen === 0 && nextLink === undefined;

function newWindows(known: readonly WindowRow[], end: Instant, overlapMs: number, runId: string): WindowRow[] {
  return planWindows(known, end, overlapMs).map((window) => ({ ...window, state: "pending", runId, ...NO_COUNTS }));
}
