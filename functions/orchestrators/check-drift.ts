import type { OrchestrationContext } from "durable-functions";
import { compareWithGraph, DRIFT, driftInput } from "../../shared/backup/drift.contract.ts";
import { type Flow, run } from "../runtime/orchestration.ts";

/** One look, a night, at whether Graph still says what is archived. What fails waits for the next night. */
export function* checkDrift(context: OrchestrationContext): Flow<void> {
  yield* run(context, compareWithGraph, driftInput.parse(context.df.getInput()));
}

export const checkDriftDefinition = { name: DRIFT, handler: checkDrift };
