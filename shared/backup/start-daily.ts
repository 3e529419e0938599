import type { Due, DueList } from "../platform/due-list.ts";
import { isAppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import { type DailySchedule, dailyTurns, isTooSoon, placeInHour } from "./daily-turns.ts";
import type { RunStore } from "./run-store.ts";

interface Scheduled {
  readonly schedule: DailySchedule;
  readonly createdAt: Instant;
}

export interface StartDailyDeps {
  readonly due: DueList;
  readonly runs: RunStore;
  /** Nothing when there is no such organization. */
  readonly scheduleOf: (organizationId: string) => Promise<Scheduled | undefined>;
  /** Throws an AppError that says what keeps the organization from being backed up: feature, plan, connection. */
  readonly ensureReady: (organizationId: string) => Promise<void>;
  /** Whether an account is active, or may become so by a look at the directory. */
  readonly hasAccounts: (organizationId: string) => Promise<boolean>;
  readonly isUnpaid: (organizationId: string) => Promise<boolean>;
  readonly now: () => Instant;
}

const HOUR_MS = 3_600_000;

/** Sees to it that an organization is thought of at its next turn; to be done before its schedule is written. */
export async function remindOfDaily(
  { due, now }: Pick<StartDailyDeps, "due" | "now">,
  organizationId: string,
  schedule: DailySchedule,
): Promise<void> {
  const turns = dailyTurns(schedule, organizationId);
  await due.add({ at: turns.at(turns.latest(now()) + 1), organizationId });
}

/** When the organization is backed up next, by its schedule. In the past: its turn has come, and is kept or about to be taken. */
export async function nextDaily(
  { runs, now }: Pick<StartDailyDeps, "runs" | "now">,
  organizationId: string,
  { schedule, createdAt }: Scheduled,
): Promise<Instant> {
  const turns = dailyTurns(schedule, organizationId);
  const last = await runs.lastTurn(organizationId);
  let day = turns.latest(now());
  while (turns.at(day) < createdAt || isTooSoon(turns.at(day), last, now())) day += 1;
  return turns.at(day);
}

/** Takes one reminder up: true when a run was queued for the organization's turn. Turns that were missed are made up by one run. One
 * that cannot be backed up now keeps its turn and is looked at again within the hour. */
export async function startDaily(deps: StartDailyDeps, reminder: Due): Promise<boolean> {
  const { organizationId } = reminder;
  const known = await deps.scheduleOf(organizationId);
  let started = false;
  if (known) {
    const turns = dailyTurns(known.schedule, organizationId);
    const now = deps.now();
    const day = turns.latest(now);
    const turn = turns.at(day);
    const isDue = turn >= known.createdAt && !isTooSoon(turn, await deps.runs.lastTurn(organizationId), now);
    const mayRun = isDue && (await isReady(deps, organizationId));
    if (mayRun) started = (await deps.runs.requestDaily(organizationId, turn)) !== undefined;
    const next = turns.at(day + 1);
    await deps.due.add({ at: isDue && !mayRun ? Math.min(next, nextLook(now, organizationId)) : next, organizationId });
  }
  await deps.due.take(reminder);
  return started;
}

async function isReady(deps: StartDailyDeps, organizationId: string): Promise<boolean> {
  try {
    await deps.ensureReady(organizationId);
  } catch (error) {
    if (isAppError(error) && error.kind === "conflict") return false;
    throw error;
  }
  return !(await deps.isUnpaid(organizationId)) && (await deps.hasAccounts(organizationId));
}

/** The organization's place in the next hour: the same whoever asks. */
function nextLook(now: Instant, organizationId: string): Instant {
  const place = Math.floor(now / HOUR_MS) * HOUR_MS + placeInHour(organizationId);
  return place > now ? place : place + HOUR_MS;
}
