import type { OrchestrationContext } from "durable-functions";
import { backupInstance, orchestrators } from "../../shared/backup/backup.contract.ts";
import { type Flow, settle } from "../runtime/orchestration.ts";

/** Windows of one organization that are fetched at a time, over all of its lanes. With its four groups of contents they leave a place
 * on every instance (host.json) to others, however large the organization is. */
export const WINDOWS_IN_FLIGHT = 8;
/** Of one account: the activity of each has several readers. */
const WINDOWS_OF_ACCOUNT = 4;

/** Starts the lanes of one phase and waits for all of them; answers what failed, as codes. */
export function* runLanes(
  context: OrchestrationContext,
  input: { readonly organizationId: string; readonly runId: string; readonly phase: "fetch" | "seal" },
  lanes: number,
): Flow<string[]> {
  const windows = Math.min(WINDOWS_OF_ACCOUNT, Math.max(1, Math.floor(WINDOWS_IN_FLIGHT / lanes)));
  const tasks = Array.from({ length: lanes }, (_, lane) =>
    context.df.callSubOrchestrator(
      orchestrators.lane,
      { ...input, lane, claim: 0, windows },
      `${backupInstance(input.runId)}:${input.phase}${lane}`,
    ),
  );
  yield* settle(context, tasks);
  return tasks.some((task) => task.isFaulted) ? ["backup.lane_failed"] : [];
}
