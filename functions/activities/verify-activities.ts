import {
  finishVerification,
  planVerification,
  verifyAccount,
  verifyContents,
} from "../../shared/archive/verify/verify.contract.ts";
import {
  finishVerification as finish,
  planVerification as plan,
  type VerificationDeps,
} from "../../shared/archive/verify/verification.ts";
import { verifyAccount as checkAccount, type VerifyAccountDeps } from "../../shared/archive/verify/verify-account.ts";
import { verifyContents as checkContents } from "../../shared/archive/verify/verify-contents.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import { type ActivityDefinition, activityHandler } from "../runtime/activity.ts";

export type VerifyActivityDeps = VerificationDeps & VerifyAccountDeps & { readonly log: Logger };

/** The activities of a verification, in the order in which it calls them. */
export function verifyActivities(deps: VerifyActivityDeps): ActivityDefinition[] {
  const { log } = deps;
  return [
    activityHandler(planVerification, log, (input) => plan(deps, input)),
    activityHandler(verifyAccount, log, (input, deadline) => checkAccount(deps, input, deadline)),
    activityHandler(verifyContents, log, (input, deadline) => checkContents(deps, input, deadline)),
    activityHandler(finishVerification, log, (input) => finish(deps, input)),
  ];
}
