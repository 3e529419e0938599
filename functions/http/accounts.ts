import { z } from "zod";
import { type AuditDeps, recordAudit } from "../../shared/access/audit.ts";
import { type StoredAccount, accountStatus } from "../../shared/accounts/account.contract.ts";
import type { AccountStore, AccountTotalsSource } from "../../shared/accounts/account-store.ts";
import { getAccount, setLegalHold } from "../../shared/accounts/change-account.ts";
import { paused, pausedList } from "../../shared/accounts/paused-list.ts";
import { accountPosition, accountSort, listAccounts } from "../../shared/accounts/list-accounts.ts";
import { id } from "../../shared/platform/ids.ts";
import { ORGANIZATION_ADMIN, ORGANIZATION_READER } from "../runtime/access-rule.ts";
import { pageOf, paging } from "../runtime/cursors.ts";
import { route } from "../runtime/route.ts";
import { accountShape, showAccount } from "./account-shape.ts";

export interface Accounts {
  readonly accounts: AccountStore;
  readonly totals: AccountTotalsSource;
  /** Whether Graph wants payment for the organization's exports: nobody's messages come then. */
  readonly isUnpaid: (organizationId: string) => Promise<boolean>;
}

const ofOrganization = z.object({ organizationId: id });
const params = z.object({ organizationId: id, accountId: id });

export const accountRoutes = ({ accounts, totals, isUnpaid, ...auditing }: Accounts & AuditDeps) => {
  const one = async (organizationId: string, account: StoredAccount) => {
    const [known, unpaid] = await Promise.all([
      totals.of(organizationId, [account.accountId]),
      isUnpaid(organizationId),
    ]);
    return {
      body: showAccount(unpaid ? paused(account) : account, known.get(account.accountId)),
      version: account.version,
    };
  };
  return [
    route({
      name: "listAccounts",
      method: "GET",
      path: "organizations/{organizationId}/accounts",
      summary: "The tenant's accounts: searched, filtered, sorted",
      who: ORGANIZATION_READER,
      params: ofOrganization,
      query: z.strictObject({
        ...paging,
        search: z.string().max(200).optional(),
        status: accountStatus.optional(),
        sort: accountSort.default("displayName"),
      }),
      responses: { 200: pageOf(accountShape) },
      async handle({ params, query, position, cursor }) {
        const { organizationId } = params;
        const [list, unpaid] = await Promise.all([accounts.list(organizationId), isUnpaid(organizationId)]);
        const { items, next } = listAccounts(unpaid ? pausedList(list) : list, query, position(accountPosition));
        const known = await totals.of(
          organizationId,
          items.map(({ accountId }) => accountId),
        );
        const shown = items.map((account) => showAccount(account, known.get(account.accountId)));
        return { status: 200, body: { items: shown, nextCursor: cursor(next) } };
      },
    }),
    route({
      name: "getAccount",
      method: "GET",
      path: "organizations/{organizationId}/accounts/{accountId}",
      summary: "One account",
      who: ORGANIZATION_READER,
      params,
      responses: { 200: accountShape },
      async handle({ params: { organizationId, accountId } }) {
        return { status: 200, ...(await one(organizationId, await getAccount(accounts, organizationId, accountId))) };
      },
    }),
    route({
      name: "changeAccount",
      method: "PATCH",
      path: "organizations/{organizationId}/accounts/{accountId}",
      summary: "Set or lift an account's legal hold",
      who: ORGANIZATION_ADMIN,
      params,
      body: z.strictObject({ legalHold: z.boolean() }),
      responses: { 200: accountShape },
      async handle({ params: { organizationId, accountId }, body: { legalHold }, caller, expect }) {
        const changed = await setLegalHold(accounts, { organizationId, accountId }, legalHold, expect);
        // Also where it was so already: the one who made it so may not have come to be written down.
        await recordAudit(auditing, organizationId, caller, "account.legal_hold", { accountId, legalHold });
        return { status: 200, ...(await one(organizationId, changed)) };
      },
    }),
  ];
};
