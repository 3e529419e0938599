import type { ApprovalStore } from "../../shared/access/approvals.ts";
import { ERASE } from "../../shared/archive/removal/removal.contract.ts";
import { backupInstance } from "../../shared/backup/backup.contract.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import { newId } from "../../shared/platform/new-id.ts";
import type { Instant } from "../../shared/platform/time.ts";
import { watchdog } from "../runtime/watchdog.ts";

interface ResumeErasuresDeps {
  readonly approvals: ApprovalStore;
  readonly now: () => Instant;
  readonly log: Logger;
}

/** Approved erasures that waited for a backup to end, or lost their orchestration, are taken up here. */
export const resumeErasures = ({ approvals, now, log }: ResumeErasuresDeps) =>
  watchdog({
    name: "resumeErasures",
    log,
    open: () => approvals.approved(),
    resume: ({ organizationId }, durable) =>
      durable.start(backupInstance(organizationId), ERASE, { organizationId, attempt: newId(now()) }),
  });
