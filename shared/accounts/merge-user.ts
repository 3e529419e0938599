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

/** Graph exports the chats of a deleted user for 30 days.
 * @see https://learn.microsoft.com/microsoftteams/export-teams-content */
export const READABLE_MS = 30 * 86_400_000;

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
  const until = user.deletedAt === undefined ? undefined : user.deletedAt + READABLE_MS;
  const left = user.deleted ? gone(present, until ?? present.readableUntil ?? rules.now + READABLE_MS) : undefined;
  const account = { ...(left ?? back(present)), ...names };
  const changed =
    !before ||
    before.status !== account.status ||
    before.readableUntil !== account.readableUntil ||
    Object.entries(names).some(([name, value]) => before[name as keyof typeof names] !== value);
  return { account, changed };
}

/** The account as LEFT, remembering what it was. Without an instant Graph answers for it no longer. */
export function gone<T extends AccountWrite>(account: T, readableUntil?: Instant): T {
  const { readableUntil: _, ...rest } = account;
  const formerStatus = account.status === "LEFT" ? account.formerStatus : account.status;
  const left = { ...rest, status: "LEFT" as const, ...(formerStatus === undefined ? {} : { formerStatus }) };
  return { ...left, ...(readableUntil === undefined ? {} : { readableUntil }) } as T;
}

/** Whose messages are asked for: ACTIVE ones, and those that left while they were and are still answered for. */
export const isBackedUp = (account: Account, now: Instant): boolean =>
  account.status === "ACTIVE" || (isReadable(account, now) && account.formerStatus === "ACTIVE");

/** Whether Graph may still answer for one that has left. */
export const isReadable = ({ status, readableUntil = 0 }: Account, now: Instant): boolean =>
  status === "LEFT" && readableUntil > now;

function back(account: AccountWrite): AccountWrite {
  if (account.status !== "LEFT") return account;
  const { formerStatus, readableUntil: _, ...rest } = account;
  return { ...rest, status: formerStatus ?? "INACTIVE" };
}

function newcomer(accountId: string, user: DirectoryUser, { active, now }: MergeRules): Account {
  const { graphId, displayName, userPrincipalName, userType } = user;
  const begin =
    active && !user.deleted ? ({ status: "ACTIVE", activatedAt: now } as const) : ({ status: "INACTIVE" } as const);
  return { accountId, graphId, displayName, userPrincipalName, userType, legalHold: false, addedAt: now, ...begin };
}
