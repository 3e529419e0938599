import type { OrchestrationContext } from "durable-functions";
import {
  finishVerification,
  planVerification,
  VERIFY,
  verifyAccount,
  verifyContents,
  verifyInput,
} from "../../shared/archive/verify/verify.contract.ts";
import { type Flow, run, runAll } from "../runtime/orchestration.ts";

const WIDTH = 4;

/** Verifies some accounts at a time, a generation for every twenty; then the contents of all chats; then it ends. */
export function* verifyArchive(context: OrchestrationContext): Flow<void> {
  const { after, codes: before, ...of } = verifyInput.parse(context.df.getInput());
  const codes = new Set(before);
  const plan = yield* run(context, planVerification, { ...of, after });
  const accountIds = plan.status === "done" ? plan.result.accountIds : [];
  if (plan.status === "failed") codes.add(plan.code);
  const endings = yield* runAll(
    context,
    verifyAccount,
    accountIds.map((accountId) => ({ ...of, accountId })),
    WIDTH,
  );
  for (const ending of endings) if (ending.status === "failed") codes.add(ending.code);
  const last = accountIds.at(-1);
  if (last !== undefined) return context.df.continueAsNew({ ...of, after: last, codes: [...codes] });
  const contents = yield* run(context, verifyContents, of);
  if (contents.status === "failed") codes.add(contents.code);
  yield* run(context, finishVerification, { ...of, codes: [...codes] });
}

export const verifyArchiveDefinition = { name: VERIFY, handler: verifyArchive };
