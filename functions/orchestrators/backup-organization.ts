import type { OrchestrationContext } from "durable-functions";
import { refreshDirectory } from "../../shared/accounts/refresh-accounts.contract.ts";
import {
  backupInstance,
  beginRun,
  finishRun,
  organizationInput,
  orchestrators,
} from "../../shared/backup/backup.contract.ts";
import { type Flow, run, settle } from "../runtime/orchestration.ts";
import { runLanes } from "./run-lanes.ts";

/** Few, so that no batch waits for its slowest account and the children in flight stay far below the hub's limits. */
export const LANES = 8;

/** One run of an organization: messages of its accounts and, beside them, contents of their chats; then each account's seal;
 * then the end. A run that was queued meanwhile follows as a new generation. */
export function* backupOrganization(context: OrchestrationContext): Flow<void> {
  const { organizationId } = organizationInput.parse(context.df.getInput());
  const failures: string[] = [];
  let begun = yield* run(context, beginRun, { organizationId });
  if (begun.status === "done" && begun.result.refresh === true) {
    const refreshed = yield* run(context, refreshDirectory, { organizationId });
    // New users are missed until the next run; those that are known are backed up all the same.
    if (refreshed.status === "failed") failures.push("accounts.refresh_failed");
    begun = yield* run(context, beginRun, { organizationId, refreshed: true });
  }
  if (begun.status === "failed" || begun.result.runId === null) return;
  const { runId, accounts } = begun.result;
  const lanes = Math.min(LANES, accounts);
  const instance = backupInstance(runId);
  const messages = context.df.callSubOrchestrator(
    orchestrators.fetch,
    { organizationId, runId, lanes },
    `${instance}:fetch`,
  );
  const contents = context.df.callSubOrchestrator(
    orchestrators.contents,
    { organizationId, runId, pauseMs: 0, codes: [] },
    `${instance}:contents`,
  );
  yield* settle(context, [messages, contents]);
  const codes = [messages, contents].flatMap((task) =>
    task.isFaulted ? ["backup.stage_failed"] : codesOf(task.result),
  );
  codes.push(...failures, ...(yield* runLanes(context, { organizationId, runId, phase: "seal" }, lanes)));
  const finished = yield* run(context, finishRun, { organizationId, runId, codes });
  if (finished.status === "done" && finished.result.next) context.df.continueAsNew({ organizationId });
}

const codesOf = (result: unknown): string[] =>
  Array.isArray(result) ? result.filter((code) => typeof code === "string") : [];
