import type { Account } from "../../shared/accounts/account.contract.ts";
import { accountIdOf } from "../../shared/accounts/merge-user.ts";

/** An account of an organization by its number; each field may be given. */
export function someAccount(organizationId: string, number: number, given: Partial<Account> = {}): Account {
  const graphId = `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
  return {
    accountId: accountIdOf(organizationId, graphId),
    graphId,
    displayName: `Person ${number}`,
    userPrincipalName: `person${number}@example.com`,
    status: "INACTIVE",
    legalHold: false,
    userType: "Member",
    addedAt: 0,
    ...given,
  };
}

export const someAccounts = (organizationId: string, count: number, given: Partial<Account> = {}): Account[] =>
  Array.from({ length: count }, (_, number) => someAccount(organizationId, number, given));
