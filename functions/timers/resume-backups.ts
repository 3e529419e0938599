import type { InvocationContext, Timer } from "@azure/functions";
import { backupInstance, orchestrators } from "../../shared/backup/backup.contract.ts";
import type { RunStore } from "../../shared/backup/run-store.ts";
import { durableStarter } from "../runtime/durable-starter.ts";
import type { TimerDefinition } from "../runtime/functions-table.ts";

/** A run that was queued while its orchestrator was ending, or whose orchestrator failed, is taken up here. Starting one that
 * runs already changes nothing. */
export const resumeBackups = (runs: RunStore): TimerDefinition => ({
  name: "resumeBackups",
  schedule: "0 * * * * *",
  handler: async (_timer: Timer, context: InvocationContext) => {
    const starter = durableStarter(context);
    for await (const organizationId of runs.busy()) {
      await starter.start(backupInstance(organizationId), orchestrators.organization, { organizationId });
    }
  },
});
