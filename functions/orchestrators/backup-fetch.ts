import type { OrchestrationContext } from "durable-functions";
import { endFetch, fetchInput } from "../../shared/backup/backup.contract.ts";
import { type Flow, run } from "../runtime/orchestration.ts";
import { runLanes } from "./run-lanes.ts";

/** The messages of all accounts of a run; then the contents stage learns that nothing more will come. */
export function* backupFetch(context: OrchestrationContext): Flow<string[]> {
  const { organizationId, runId, lanes } = fetchInput.parse(context.df.getInput());
  const codes = yield* runLanes(context, { organizationId, runId, phase: "fetch" }, lanes);
  const ended = yield* run(context, endFetch, { organizationId, runId });
  return ended.status === "failed" ? [...codes, ended.code] : codes;
}
