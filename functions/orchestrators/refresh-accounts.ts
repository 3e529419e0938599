import type { OrchestrationContext } from "durable-functions";
import { refreshAccountsInput, refreshDirectory } from "../../shared/accounts/refresh-accounts.contract.ts";
import { finishOperation, type OperationOutcome } from "../../shared/operations/operation.contract.ts";
import { type Flow, run } from "../runtime/orchestration.ts";

/** Reads the tenant's users into the directory, then keeps what it came to. */
export function* refreshAccounts(context: OrchestrationContext): Flow<OperationOutcome> {
  const { organizationId, operationId } = refreshAccountsInput.parse(context.df.getInput());
  const ending = yield* run(context, refreshDirectory, { organizationId });
  const outcome: OperationOutcome =
    ending.status === "done" ? { status: "Completed", result: ending.result } : { status: "Failed", code: ending.code };
  yield* run(context, finishOperation, { operationId, outcome });
  return outcome;
}
