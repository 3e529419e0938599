import type { AccountStore } from "../../shared/accounts/account-store.ts";
import { type VisibleFrom, visibleFor } from "../../shared/archive/retention.ts";
import type { OrganizationStore } from "../../shared/organizations/stores.ts";
import { remember } from "../../shared/platform/remember.ts";
import type { Base } from "./base.ts";

interface Needs {
  readonly organizations: OrganizationStore;
  readonly accounts: AccountStore;
}

/** For so long a retention that is changed may still count as it was: one download, one page of accounts asks many times. */
const FRESH_MS = 2_000;

/** What an organization's retention and an account's hold come to. */
export function visibility({ now }: Base, { organizations, accounts }: Needs): VisibleFrom {
  const days = remember(
    async (organizationId: string) => (await organizations.find(organizationId))?.value.retentionDays ?? null,
    { fresh: { ms: FRESH_MS, now } },
  );
  return async ({ organizationId, accountId }) => {
    const kept = await days(organizationId);
    if (kept === null) return Number.NEGATIVE_INFINITY;
    const account = await accounts.find(organizationId, accountId);
    return account?.legalHold === true ? Number.NEGATIVE_INFINITY : visibleFor(kept, now());
  };
}
