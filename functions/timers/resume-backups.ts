import { backupInstance, orchestrators } from "../../shared/backup/backup.contract.ts";
import type { RunStore } from "../../shared/backup/run-store.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import { watchdog } from "../runtime/watchdog.ts";

/** A run that was queued while its orchestrator was ending, or whose orchestrator failed, is taken up here. */
export const resumeBackups = ({ runs, log }: { readonly runs: RunStore; readonly log: Logger }) =>
  watchdog({
    name: "resumeBackups",
    log,
    open: () => runs.busy(),
    resume: (organizationId, durable) =>
      durable.start(backupInstance(organizationId), orchestrators.organization, { organizationId }),
  });
