import type { ArchiveStore } from "./archive-store.ts";

/** Accounts of one generation of an orchestrator. */
const ACCOUNTS_AT_ONCE = 20;

/** Ids of the next accounts that have an archive, after that one; none at the end. */
export async function nextAccounts(
  archive: ArchiveStore,
  organizationId: string,
  after: string | null,
): Promise<string[]> {
  const accountIds: string[] = [];
  for await (const accountId of archive.accounts(organizationId, after ?? undefined))
    if (accountIds.push(accountId) === ACCOUNTS_AT_ONCE) break;
  return accountIds;
}
