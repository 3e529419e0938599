import type { OrchestrationContext } from "durable-functions";
import {
  backupInstance,
  beginRun,
  fetchContents,
  finishRun,
  organizationInput,
  orchestrators,
} from "../../shared/backup/backup.contract.ts";
import { type Flow, run, runAll, settle } from "../runtime/orchestration.ts";

/** Few, so that no batch waits for its slowest account and the children in flight stay far below the hub's limits. */
const LANES = 8;
/** How many run at a time is for host.json to say. */
const SHARDS = Array.from({ length: 16 }, (_, shard) => shard);

/** One run of an organization: its accounts through lanes, the contents of their chats, each account's seal, the end.
 * A run that was queued meanwhile follows as a new generation. */
export function* backupOrganization(context: OrchestrationContext): Flow<void> {
  const { organizationId } = organizationInput.parse(context.df.getInput());
  const begun = yield* run(context, beginRun, { organizationId });
  if (begun.status === "failed" || begun.result.runId === null) return;
  const { runId, accounts } = begun.result;
  const lanes = Math.min(LANES, accounts);
  const codes = [...(yield* runLanes(context, { organizationId, runId, phase: "fetch" }, lanes))];
  const shards = SHARDS.map((shard) => ({ organizationId, runId, shard }));
  for (const ending of yield* runAll(context, fetchContents, shards, shards.length)) {
    if (ending.status === "failed") codes.push(ending.code);
  }
  codes.push(...(yield* runLanes(context, { organizationId, runId, phase: "seal" }, lanes)));
  const finished = yield* run(context, finishRun, { organizationId, runId, codes });
  if (finished.status === "done" && finished.result.next) context.df.continueAsNew({ organizationId });
}

function* runLanes(
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
