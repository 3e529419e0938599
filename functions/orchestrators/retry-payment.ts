import type { OrchestrationContext } from "durable-functions";
import { probePayment, retryPaymentInput } from "../../shared/billing/billing.contract.ts";
import { finishOperation, type OperationOutcome } from "../../shared/operations/operation.contract.ts";
import { type Flow, run } from "../runtime/orchestration.ts";

/** Asks Graph whether it still wants payment, then keeps what it answered. */
export function* retryPayment(context: OrchestrationContext): Flow<OperationOutcome> {
  const { organizationId, operationId } = retryPaymentInput.parse(context.df.getInput());
  const ending = yield* run(context, probePayment, { organizationId });
  const outcome: OperationOutcome =
    ending.status === "done" ? { status: "Completed", result: ending.result } : { status: "Failed", code: ending.code };
  yield* run(context, finishOperation, { operationId, outcome });
  return outcome;
}
