import type { OrchestrationContext } from "durable-functions";
import { estimateInput, sampleExport } from "../../shared/billing/billing.contract.ts";
import { finishOperation, type OperationOutcome } from "../../shared/operations/operation.contract.ts";
import { type Flow, run } from "../runtime/orchestration.ts";

/** Looks at a sample of the tenant's messages, then keeps what it came to. */
export function* estimateUsage(context: OrchestrationContext): Flow<OperationOutcome> {
  const input = estimateInput.parse(context.df.getInput());
  const ending = yield* run(context, sampleExport, input);
  const outcome: OperationOutcome =
    ending.status === "done"
      ? { status: "Completed", result: defined(ending.result) }
      : { status: "Failed", code: ending.code };
  yield* run(context, finishOperation, { operationId: input.operationId, outcome });
  return outcome;
}

const defined = (result: Readonly<Record<string, number | undefined>>): Record<string, number> =>
  Object.fromEntries(Object.entries(result).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
