import type { BackupAccounts } from "./backup-accounts.ts";
import type { RunStore } from "./run-store.ts";

/** Graph's ids of the users that the paused run waits for, where it stopped first; then those of all active accounts. */
export async function* waitingUsers(
  { runs, accounts }: { readonly runs: RunStore; readonly accounts: BackupAccounts },
  organizationId: string,
): AsyncGenerator<string> {
  const run = await runs.paused(organizationId);
  if (run) {
    for await (const { accountId, fetchedAt } of runs.accounts(organizationId, run.runId)) {
      const graphId = fetchedAt === undefined ? await accounts.graphId(organizationId, accountId) : undefined;
      if (graphId !== undefined) yield graphId;
    }
  }
  for await (const accountId of accounts.active(organizationId)) {
    const graphId = await accounts.graphId(organizationId, accountId);
    if (graphId !== undefined) yield graphId;
  }
}
