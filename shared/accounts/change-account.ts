import { AppError } from "../platform/errors.ts";
import type { StoredAccount } from "./account.contract.ts";
import type { AccountStore } from "./account-store.ts";

/** Throws `account.not_found`. */
export async function getAccount(
  accounts: AccountStore,
  organizationId: string,
  accountId: string,
): Promise<StoredAccount> {
  const found = await accounts.find(organizationId, accountId);
  if (found) return found;
  throw new AppError("not_found", "account.not_found", "There is no such account", { context: { accountId } });
}

/** Sets or lifts the legal hold. `expect` sees the version that is about to be replaced and may throw. */
export async function setLegalHold(
  accounts: AccountStore,
  target: { readonly organizationId: string; readonly accountId: string },
  legalHold: boolean,
  expect: (version: string) => void,
): Promise<StoredAccount> {
  const { organizationId, accountId } = target;
  const account = await getAccount(accounts, organizationId, accountId);
  expect(account.version);
  if (account.legalHold === legalHold) return account;
  await accounts.write(organizationId, [{ ...account, legalHold }]);
  return getAccount(accounts, organizationId, accountId);
}
