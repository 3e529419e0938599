import { backupInstance, orchestrators } from "../../shared/backup/backup.contract.ts";
import { type StartDueDeps, startDue } from "../../shared/backup/start-due.ts";
import { durableStarter } from "../runtime/durable-starter.ts";
import type { TimerDefinition } from "../runtime/functions-table.ts";

/** Starts the daily run of every organization whose turn has come. */
export const startBackups = (deps: StartDueDeps): TimerDefinition => ({
  name: "startBackups",
  schedule: "20 * * * * *",
  handler: async (_timer, context) => {
    const durable = durableStarter(context);
    await startDue(deps, (organizationId) =>
      durable.start(backupInstance(organizationId), orchestrators.organization, { organizationId }),
    );
  },
});
