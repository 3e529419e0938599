import type { OrchestrationContext } from "durable-functions";
import { backupInstance, orchestrators } from "../../shared/backup/backup.contract.ts";
import { type Flow, settle } from "../runtime/orchestration.ts";

/** Starts the lanes of one phase and waits for all of them; answers what failed, as codes. */
export function* runLanes(
  context: OrchestrationContext,
  input: { readonly organizationId: string; readonly runId: string; readonly phase: "fetch" | "seal" },
  lanes: number,
): Flow<string[]> {
  const tasks = Array.from({ length: lanes }, (_, lane) =>
    context.df.callSubOrchestrator(
      orchestrators.lane,
      { ...input, lane, claim: 0 },
      `${backupInstance(input.runId)}:${input.phase}${lane}`,
    ),
  );
  yield* settle(context, tasks);
  return tasks.some((task) => task.isFaulted) ? ["backup.lane_failed"] : [];
}
