import { finishOperation } from "../../shared/operations/operation.contract.ts";
import type { OperationStore } from "../../shared/operations/operations.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import { activityHandler } from "../runtime/activity.ts";

export interface FinishOperation {
  readonly log: Logger;
  readonly operations: OperationStore;
}

export const finishOperationActivity = ({ log, operations }: FinishOperation) =>
  activityHandler(finishOperation, log, async ({ operationId, outcome }) => {
    await operations.finish(operationId, outcome);
    return { status: "done", result: {} };
  });
