import { AppError } from "../platform/errors.ts";
import type { BackupAccounts } from "./backup-accounts.ts";
import type { Run, RunStore } from "./run-store.ts";

export interface RequestBackupDeps {
  readonly runs: RunStore;
  readonly accounts: BackupAccounts;
  /** Throws an AppError that says what keeps the organization from being backed up: feature, plan, connection. */
  readonly ensureReady: (organizationId: string) => Promise<void>;
}

/** Queues a run. An id that is not an account of the organization refuses the whole request. */
export async function requestBackup(
  deps: RequestBackupDeps,
  organizationId: string,
  accountIds: readonly string[],
): Promise<Run> {
  await deps.ensureReady(organizationId);
  const unknown = new Set(await deps.accounts.unknown(organizationId, accountIds));
  if (unknown.size > 0) {
    const issues = accountIds.flatMap((accountId, index) =>
      unknown.has(accountId) ? [{ path: `accountIds.${index}`, message: "is no account of this organization" }] : [],
    );
    throw new AppError("invalid", "account.unknown", "Some accounts are not of this organization", { issues });
  }
  if (accountIds.length === 0 && (await deps.accounts.active(organizationId).next()).done) {
    throw new AppError("conflict", "account.none_active", "No account is active: activate accounts first");
  }
  return deps.runs.request(organizationId, accountIds);
}
