import type { Logger } from "../platform/logger.ts";
import { type StartDailyDeps, startDaily } from "./start-daily.ts";

export type StartDueDeps = StartDailyDeps & { readonly log: Logger };

/** One a second on average: after a week without a host a thousand organizations begin over a quarter of an hour. */
export const MOST_STARTED = 60;
const MOST_LOOKED_AT = 600;

/** What the timer does once a minute: takes up the reminders that are due, the oldest first. One that fails is logged, stays, and keeps no
 * other waiting. */
export async function startDue(deps: StartDueDeps, start: (organizationId: string) => Promise<unknown>): Promise<void> {
  let started = 0;
  for await (const reminder of deps.due.due(deps.now(), MOST_LOOKED_AT)) {
    const { organizationId } = reminder;
    try {
      if (!(await startDaily(deps, reminder))) continue;
      // A start that is lost is made up by the timer that takes up runs without an orchestration.
      started += 1;
      await start(organizationId);
    } catch (error) {
      deps.log.error("backup.not_started", error, { organizationId });
    }
    if (started >= MOST_STARTED) return;
  }
}
