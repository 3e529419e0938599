import type { OrchestrationContext } from "durable-functions";
import {
  planSweep,
  SWEEP,
  sweepAccount,
  sweepContents,
  sweepInput,
} from "../../shared/archive/removal/sweep.contract.ts";
import { type Flow, run, runAll } from "../runtime/orchestration.ts";

const WIDTH = 2;

/** Sweeps the accounts of an organization, a generation for every twenty, then its contents. What fails waits for the next
 * day. */
export function* sweepLeftovers(context: OrchestrationContext): Flow<void> {
  const { organizationId, sweepId, after } = sweepInput.parse(context.df.getInput());
  const plan = yield* run(context, planSweep, { organizationId, sweepId, after });
  const accountIds = plan.status === "done" ? plan.result.accountIds : [];
  yield* runAll(
    context,
    sweepAccount,
    accountIds.map((accountId) => ({ organizationId, accountId })),
    WIDTH,
  );
  const last = accountIds.at(-1);
  if (last !== undefined) return context.df.continueAsNew({ organizationId, sweepId, after: last });
  yield* run(context, sweepContents, { organizationId, sweepId });
}

export const sweepLeftoversDefinition = { name: SWEEP, handler: sweepLeftovers };
