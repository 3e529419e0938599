import type { AccountWrite, StoredAccount } from "./account.contract.ts";

/** All accounts of an organization, as of one revision. The same object for the same revision. */
export interface AccountList {
  readonly revision: string;
  /** By accountId. */
  readonly accounts: readonly StoredAccount[];
}

/** The directory: one partition per organization, whose revision changes with every write.
 * Errors: `storage.unavailable`; `storage.changed` or `storage.conflict` when a written account changed since it was read. */
export interface AccountStore {
  /** Everything; kept in memory until the revision changes. 50,000 accounts take about 50 MB and two seconds to read. */
  list(organizationId: string): Promise<AccountList>;
  find(organizationId: string, accountId: string): Promise<StoredAccount | undefined>;
  /** How many are ACTIVE, without reading them all where the number is known for the present revision. */
  countActive(organizationId: string): Promise<number>;
  /** In transactions of 99 accounts each, in the given order: a failure leaves those before it written. */
  write(organizationId: string, accounts: readonly AccountWrite[]): Promise<void>;
}

/** What the archive knows of an account. */
export interface AccountTotals {
  readonly lastBackup: {
    readonly status: string;
    readonly finishedAt: string | null;
    readonly newMessages: number;
    readonly failedItems: number;
    readonly reasons: { code: string; count: number; text: string; remedy: string }[];
  } | null;
  /** ISO 8601. */
  readonly firstMessageAt: string | null;
  readonly lastMessageAt: string | null;
  /** Messages, not versions. */
  readonly messages: number;
  readonly storedBytes: number;
}

/** Reads totals for the accounts of one page, at most 500. Accounts without anything stored may be left out. */
export interface AccountTotalsSource {
  of(organizationId: string, accountIds: readonly string[]): Promise<ReadonlyMap<string, AccountTotals>>;
}

export const NO_TOTALS: AccountTotals = {
  lastBackup: null,
  firstMessageAt: null,
  lastMessageAt: null,
  messages: 0,
  storedBytes: 0,
};
