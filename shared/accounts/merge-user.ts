import { hashId } from "../platform/new-id.ts";
import type { Instant } from "../platform/time.ts";
import type { Account, AccountWrite, StoredAccount } from "./account.contract.ts";
import type { DirectoryUser } from "./user-source.ts";

export interface MergeRules {
  readonly organizationId: string;
  /** New accounts begin ACTIVE instead of INACTIVE. */
  readonly active: boolean;
  readonly now: Instant;
}

export const accountIdOf = (organizationId: string, graphId: string): string =>
  hashId("account", organizationId, graphId);

/** What the directory should hold for a user, and whether that differs from what it holds. */
export function fromDirectory(
  user: DirectoryUser,
  rules: MergeRules,
  known: (accountId: string) => StoredAccount | undefined,
): { readonly account: AccountWrite; readonly changed: boolean } {
  const accountId = accountIdOf(rules.organizationId, user.graphId);
  const before = known(accountId);
  const names = {
    displayName: user.displayName.slice(0, 1_000),
    // The directory renames the deleted, `{id without dashes}{name}`; people look for the name it had.
    userPrincipalName: user.deleted && before ? before.userPrincipalName : user.userPrincipalName.slice(0, 1_000),
    userType: user.userType,
  };
  const present = before ?? newcomer(accountId, user, rules);
  const account = { ...(user.deleted ? gone(present) : back(present)), ...names };
  const changed =
    !before ||
    before.status !== account.status ||
    Object.entries(names).some(([name, value]) => before[name as keyof typeof names] !== value);
  return { account, changed };
}

/** The account as LEFT, remembering what it was. */
export function gone<T extends AccountWrite>(account: T): T {
  return account.status === "LEFT" ? account : { ...account, status: "LEFT", formerStatus: account.status };
}

function back(account: AccountWrite): AccountWrite {
  if (account.status !== "LEFT") return account;
  const { formerStatus, ...rest } = account;
  return { ...rest, status: formerStatus ?? "INACTIVE" };
}

function newcomer(accountId: string, user: DirectoryUser, { active, now }: MergeRules): Account {
  const { graphId, displayName, userPrincipalName, userType } = user;
  const begin =
    active && !user.deleted ? ({ status: "ACTIVE", activatedAt: now } as const) : ({ status: "INACTIVE" } as const);
  return { accountId, graphId, displayName, userPrincipalName, userType, legalHold: false, addedAt: now, ...begin };
}
