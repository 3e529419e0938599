import type { OrchestrationContext } from "durable-functions";
import {
  planRetention,
  RETENTION,
  retainAccount,
  retentionInput,
} from "../../shared/archive/removal/removal.contract.ts";
import { type Flow, run } from "../runtime/orchestration.ts";

/** Applies an organization's retention to its accounts, a generation for every twenty. Its instance is that of the
 * organization's backups. One after the other: which account is the last of a message depends on it. What fails waits for the next
 * time. */
export function* applyRetention(context: OrchestrationContext): Flow<void> {
  const { organizationId, retentionId, after } = retentionInput.parse(context.df.getInput());
  const plan = yield* run(context, planRetention, { organizationId, retentionId, after });
  const accountIds = plan.status === "done" ? plan.result.accountIds : [];
  for (const accountId of accountIds) yield* run(context, retainAccount, { organizationId, retentionId, accountId });
  const last = accountIds.at(-1);
  if (last !== undefined) context.df.continueAsNew({ organizationId, retentionId, after: last });
}

export const applyRetentionDefinition = { name: RETENTION, handler: applyRetention };
