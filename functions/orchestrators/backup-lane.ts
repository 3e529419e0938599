import type { OrchestrationContext } from "durable-functions";
import {
  backupInstance,
  claimAccount,
  closeAccount,
  laneInput,
  orchestrators,
  sealAccount,
  WINDOWS_PER_GENERATION,
} from "../../shared/backup/backup.contract.ts";
import { type Flow, run } from "../runtime/orchestration.ts";

/** A history of so many accounts replays quickly; then the lane goes on as a new generation. */
const ACCOUNTS_PER_GENERATION = 20;

/** Works through the run's list, one account after another, until nobody is left. */
export function* backupLane(context: OrchestrationContext): Flow<void> {
  const input = laneInput.parse(context.df.getInput());
  const { organizationId, runId, phase, lane, windows } = input;
  const end = input.claim + ACCOUNTS_PER_GENERATION;
  for (let claim = input.claim; claim < end; claim++) {
    const claimed = yield* run(context, claimAccount, { organizationId, runId, phase, lane, claim });
    if (claimed.status === "failed") throw new Error(claimed.code);
    const { accountId } = claimed.result;
    if (accountId === null) return;
    const account = { organizationId, runId, accountId };
    if (phase === "seal") yield* run(context, sealAccount, account);
    else yield* backUp(context, account, windows);
  }
  context.df.continueAsNew({ ...input, claim: end });
}

function* backUp(
  context: OrchestrationContext,
  account: { organizationId: string; runId: string; accountId: string },
  windows: number,
): Flow<void> {
  try {
    yield context.df.callSubOrchestrator(
      orchestrators.account,
      { ...account, windows, mostWindows: WINDOWS_PER_GENERATION },
      `${backupInstance(account.runId)}:${account.accountId}`,
    );
  } catch {
    yield* run(context, closeAccount, { ...account, codes: ["backup.account_failed"] });
  }
}
