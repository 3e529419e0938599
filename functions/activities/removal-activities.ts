import { nextAccounts } from "../../shared/archive/next-accounts.ts";
import { applyRetention, type ApplyRetentionDeps } from "../../shared/archive/removal/apply-retention.ts";
import {
  eraseAccount,
  failErasure,
  nextErasure,
  planRetention,
  retainAccount,
} from "../../shared/archive/removal/removal.contract.ts";
import { failErasure as fail } from "../../shared/archive/removal/end-erasure.ts";
import { eraseAccount as erase, type EraseAccountDeps } from "../../shared/archive/removal/erase-account.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import { type ActivityDefinition, activityHandler } from "../runtime/activity.ts";

export type RemovalDeps = EraseAccountDeps & ApplyRetentionDeps & { readonly log: Logger };

/** What removes data on purpose. */
export function removalActivities(deps: RemovalDeps): ActivityDefinition[] {
  const { log } = deps;
  return [
    activityHandler(nextErasure, log, async ({ organizationId }) => ({
      status: "done",
      result: { erasure: (await deps.erasures.next(organizationId)) ?? null },
    })),
    activityHandler(eraseAccount, log, (input, deadline) => erase(deps, input, deadline)),
    activityHandler(failErasure, log, async (input) => {
      await fail(deps, input);
      return { status: "done", result: {} };
    }),
    activityHandler(planRetention, log, async ({ organizationId, after }) => ({
      status: "done",
      result: { accountIds: await nextAccounts(deps.archive, organizationId, after) },
    })),
    activityHandler(retainAccount, log, (input, deadline) => applyRetention(deps, input, deadline)),
  ];
}
