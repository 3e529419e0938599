import { planSweep, sweepAccount, sweepContents } from "../../shared/archive/removal/sweep.contract.ts";
import { sweepAccount as cleanAccount, type SweepAccountDeps } from "../../shared/archive/removal/sweep-account.ts";
import { sweepContents as cleanContents, type SweepContentsDeps } from "../../shared/archive/removal/sweep-contents.ts";
import { nextAccounts } from "../../shared/archive/next-accounts.ts";
import type { Step } from "../../shared/platform/activity.contract.ts";
import type { Logger, LogFields } from "../../shared/platform/logger.ts";
import { type ActivityDefinition, activityHandler } from "../runtime/activity.ts";

export type SweepDeps = SweepAccountDeps & SweepContentsDeps & { readonly log: Logger };

/** The activities of a sweep, in the order in which it calls them. */
export function sweepActivities(deps: SweepDeps): ActivityDefinition[] {
  const { log, archive } = deps;
  const told = (step: Step<{ removed: number }>, of: LogFields) => {
    if (step.status === "done" && step.result.removed > 0) log.info("leftovers.removed", { ...of, ...step.result });
    return step;
  };
  return [
    activityHandler(planSweep, log, async ({ organizationId, after }) => ({
      status: "done",
      result: { accountIds: await nextAccounts(archive, organizationId, after) },
    })),
    activityHandler(sweepAccount, log, async (input, deadline) =>
      told(await cleanAccount(deps, input, deadline), input),
    ),
    activityHandler(sweepContents, log, async (input, deadline) =>
      told(await cleanContents(deps, input, deadline), input),
    ),
  ];
}
