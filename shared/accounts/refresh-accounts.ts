import { again, type Step } from "../platform/activity.contract.ts";
import { AppError, isAppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import type { AccountWrite, StoredAccount } from "./account.contract.ts";
import type { AccountStore } from "./account-store.ts";
import { fromDirectory, gone, READABLE_MS } from "./merge-user.ts";
import type { UserSource } from "./user-source.ts";

export interface RefreshDeps {
  readonly accounts: AccountStore;
  readonly users: UserSource;
  /** Whether new accounts begin ACTIVE. */
  readonly activatesNew: (organizationId: string) => Promise<boolean>;
  readonly now: () => Instant;
}

export interface RefreshResult {
  /** Accounts that the directory holds now, and how many of those it did not hold before. */
  readonly accounts: number;
  readonly added: number;
  /** Accounts that turned LEFT. */
  readonly left: number;
}

/** Written at once; a multiple of what one transaction takes. */
const BATCH = 990;

/** Brings the directory up to what the tenant says: new users are added, changed names taken over, the missing turn LEFT, the
 * returned get back what they were. Nobody turns LEFT before the whole directory was read. What is written stays written, so that
 * a repeat goes on where a broken one stopped. */
export async function refreshAccounts(
  { accounts, users, activatesNew, now }: RefreshDeps,
  organizationId: string,
  deadline: Instant,
): Promise<Step<RefreshResult>> {
  const [{ accounts: known }, active] = await Promise.all([
    accounts.list(organizationId),
    activatesNew(organizationId),
  ]);
  const missing = new Map(known.map((account) => [account.accountId, account]));
  const rules = { organizationId, active, now: now() };
  const tally = { accounts: 0, added: 0, left: 0 };
  let batch: AccountWrite[] = [];
  const flush = async () => {
    await accounts.write(organizationId, batch);
    batch = [];
    return now() >= deadline;
  };
  const seen = new Set<string>();
  try {
    for await (const user of users.users(organizationId)) {
      const merged = fromDirectory(user, rules, (accountId) => missing.get(accountId));
      if (seen.has(merged.account.accountId)) continue;
      seen.add(merged.account.accountId);
      count(tally, merged.account, missing.get(merged.account.accountId));
      missing.delete(merged.account.accountId);
      if (merged.changed) batch.push(merged.account);
      if (batch.length >= BATCH && (await flush())) return again(true);
    }
    if (tally.accounts === 0) throw new AppError("conflict", "accounts.directory_empty", "The tenant names no users");
    for (const account of missing.values()) {
      if (account.status === "LEFT") continue;
      tally.left += 1;
      // Perhaps deleted where the app may not look; the next backup finds out whether Graph still answers.
      batch.push(gone(account, rules.now + READABLE_MS));
      if (batch.length >= BATCH && (await flush())) return again(true);
    }
    await flush();
    return { status: "done", result: tally };
  } catch (error) {
    if (isAppError(error, "storage.changed") || isAppError(error, "storage.conflict")) return { status: "again" };
    throw error;
  }
}

function count(
  tally: { accounts: number; added: number; left: number },
  account: AccountWrite,
  before: StoredAccount | undefined,
): void {
  if (account.status !== "LEFT") tally.accounts += 1;
  else if (before && before.status !== "LEFT") tally.left += 1;
  if (!before) tally.added += 1;
}
