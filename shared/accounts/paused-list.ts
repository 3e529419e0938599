import type { StoredAccount } from "./account.contract.ts";
import type { AccountList } from "./account-store.ts";

/** An active account of an organization that is held up as a whole: shown as PAUSED, kept as ACTIVE, so that it goes back by itself. */
export const paused = <A extends StoredAccount>(account: A): A =>
  account.status === "ACTIVE" ? { ...account, status: "PAUSED" } : account;

const lists = new WeakMap<AccountList, AccountList>();

/** The same for all of them; the same object for the same list. */
export function pausedList(list: AccountList): AccountList {
  const known = lists.get(list) ?? { ...list, accounts: list.accounts.map(paused) };
  lists.set(list, known);
  return known;
}
