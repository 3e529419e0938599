import type { OrchestrationContext } from "durable-functions";
import {
  ERASE,
  eraseAccount,
  eraseInput,
  failErasure,
  nextErasure,
} from "../../shared/archive/removal/removal.contract.ts";
import { type Flow, run } from "../runtime/orchestration.ts";

/** Does the approved erasures of an organization, one after another. Its instance is that of the organization's backups: none
 * begins meanwhile, and it begins when none is under way. */
export function* eraseAccounts(context: OrchestrationContext): Flow<void> {
  const { organizationId, attempt } = eraseInput.parse(context.df.getInput());
  const next = yield* run(context, nextErasure, { organizationId });
  if (next.status === "failed" || next.result.erasure === null) return;
  const { erasure } = next.result;
  const erased = yield* run(context, eraseAccount, { organizationId, attempt, ...erasure });
  if (erased.status === "failed") {
    const failed = yield* run(context, failErasure, { organizationId, ...erasure, code: erased.code });
    if (failed.status === "failed") return;
  }
  context.df.continueAsNew({ organizationId, attempt });
}

export const eraseAccountsDefinition = { name: ERASE, handler: eraseAccounts };
