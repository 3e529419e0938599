import { refusesAccount } from "../backup/outcome.contract.ts";
import type { Step } from "../platform/activity.contract.ts";
import { isAppError } from "../platform/errors.ts";
import type { Logger } from "../platform/logger.ts";
import type { Instant } from "../platform/time.ts";
import type { PaymentStore } from "./payment-store.ts";

export interface ProbePaymentDeps {
  readonly payments: PaymentStore;
  /** Throws an AppError that says what keeps the organization from being backed up: feature, plan, connection. */
  readonly ensureReady: (organizationId: string) => Promise<void>;
  /** Graph's ids of users whose messages are waited for, those first at whom the run stopped. */
  readonly waiting: (organizationId: string) => AsyncIterable<string>;
  /** Makes one small export call for a user, past the fence. Throws as MessageSource does. */
  readonly tryExport: (organizationId: string, userGraphId: string) => Promise<void>;
  /** Makes the run that stopped for payment the running one again; false when there is none. */
  readonly resume: (organizationId: string) => Promise<boolean>;
  readonly now: () => Instant;
  readonly log: Logger;
}

/** So many users may lack a mailbox before the probe gives up. */
const USERS_TRIED = 5;

/** Asks Graph once more. Payment that is not wanted any more takes the fence away and lets the run go on; whatever else comes of it
 * leaves everything as it is. What is switched off or not connected is not asked for. */
export async function probePayment(
  deps: ProbePaymentDeps,
  { organizationId }: { readonly organizationId: string },
): Promise<Step<{ resumed: boolean }>> {
  await deps.ensureReady(organizationId);
  if (await deps.payments.find(organizationId)) {
    const refused = await tryOne(deps, organizationId);
    if (refused !== undefined) return { status: "failed", code: refused };
    // Before the run goes on: the fence would stop it once more.
    await deps.payments.clear(organizationId);
    deps.log.info("billing.payment_settled", { organizationId });
  }
  return { status: "done", result: { resumed: await deps.resume(organizationId) } };
}

async function tryOne({ waiting, tryExport, ...deps }: ProbePaymentDeps, organizationId: string) {
  let code = "account.none_active";
  let tried = 0;
  for await (const userId of waiting(organizationId)) {
    try {
      await tryExport(organizationId, userId);
      return undefined;
    } catch (error) {
      if (!isAppError(error)) throw error;
      code = error.code;
      if (code === "billing.payment_required") {
        await deps.payments.change(organizationId, { message: error.message, probedAt: deps.now() });
        return code;
      }
      if (!refusesAccount(code)) throw error;
    }
    if (++tried >= USERS_TRIED) break;
  }
  return code;
}
