import type { OrchestrationContext } from "durable-functions";
import { contentsInput, fetchContents, isFetched } from "../../shared/backup/backup.contract.ts";
import { pausesOrganization } from "../../shared/backup/outcome.contract.ts";
import { type Flow, pauseFor, run, runAll } from "../runtime/orchestration.ts";

/** As many as there are groups of chats: each group is one worker's. */
const GROUPS = [0, 1, 2, 3];
const SHORTEST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;

/** Fetches contents while messages still come in, round after round, and once more after the last message: whatever is pending
 * then has been seen. Rounds that find nothing come less and less often. After a failure there is none but the last, which counts what
 * came in since; a run that is set aside will have others. */
export function* backupContents(context: OrchestrationContext): Flow<string[]> {
  const { organizationId, runId, pauseMs, codes: before } = contentsInput.parse(context.df.getInput());
  const fetched = yield* run(context, isFetched, { organizationId, runId });
  const isLast = fetched.status === "failed" || fetched.result.fetched;
  const groups = isLast || before.length === 0 ? GROUPS.map((group) => ({ organizationId, runId, group })) : [];
  const endings = yield* runAll(context, fetchContents, groups, GROUPS.length);
  const failed = endings.flatMap((ending) => (ending.status === "failed" ? [ending.code] : []));
  if (fetched.status === "failed") failed.push(fetched.code);
  const codes = [...new Set([...before, ...failed])];
  if (isLast || codes.some(pausesOrganization)) return codes;
  const idle = endings.every((ending) => ending.status === "done" && ending.result.fetched === 0);
  const pause = idle ? Math.min(Math.max(pauseMs * 2, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS) : SHORTEST_PAUSE_MS;
  yield pauseFor(context, pause);
  context.df.continueAsNew({ organizationId, runId, pauseMs: pause, codes });
  return codes;
}
