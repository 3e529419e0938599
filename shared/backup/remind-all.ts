import { forEachParallel } from "../platform/for-each-parallel.ts";
import type { Logger } from "../platform/logger.ts";
import { remindOfDaily, type StartDailyDeps } from "./start-daily.ts";

export interface RemindAllDeps extends StartDailyDeps {
  /** All organizations there are. */
  readonly organizations: () => AsyncIterable<string>;
  readonly log: Logger;
}

const AT_ONCE = 8;

/** Sees to it that every organization is thought of at its next turn, whatever became of its reminder: made before there was a
 * schedule, or lost. One that has its reminder gets the same again. */
export async function remindAll(deps: RemindAllDeps): Promise<void> {
  await forEachParallel(deps.organizations(), AT_ONCE, async (organizationId) => {
    try {
      const known = await deps.scheduleOf(organizationId);
      if (known) await remindOfDaily(deps, organizationId, known.schedule);
    } catch (error) {
      deps.log.error("backup.not_reminded", error, { organizationId });
    }
  });
}
