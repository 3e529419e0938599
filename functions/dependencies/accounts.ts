import { type Selection, activateAccounts, deactivateAccounts } from "../../shared/accounts/activate-accounts.ts";
import type { AccountTotalsSource } from "../../shared/accounts/account-store.ts";
import { refreshAccounts } from "../../shared/accounts/refresh-accounts.ts";
import { REFRESH_ACCOUNTS, refreshInstance } from "../../shared/accounts/refresh-accounts.contract.ts";
import type { UserSource } from "../../shared/accounts/user-source.ts";
import { mustBeOn } from "../../shared/organizations/feature-rules.ts";
import type { OrganizationStore, PartnerStore } from "../../shared/organizations/stores.ts";
import { type Starter, startOperation } from "../../shared/operations/operations.ts";
import { AppError } from "../../shared/platform/errors.ts";
import { accountTable } from "../../shared/storage/account-table.ts";
import { operationTable } from "../../shared/storage/operation-table.ts";
import type { Base } from "./base.ts";

interface Needs {
  readonly users: UserSource;
  readonly isConnected: (organizationId: string) => Promise<boolean>;
  readonly organizations: OrganizationStore;
  readonly partners: PartnerStore;
  readonly totals: AccountTotalsSource;
  readonly isUnpaid: (organizationId: string) => Promise<boolean>;
}

export const accountStore = ({ table, now }: Base) => accountTable(table("accounts"), now);

/** The directory, activation, and reading the tenant's users. */
export function accountDependencies(base: Base, accounts: ReturnType<typeof accountStore>, needs: Needs) {
  const { log, now, table } = base;
  const operations = { operations: operationTable(table("operations")), now };
  const activation = { accounts, now };
  const refresh = async (starter: Starter, organizationId: string, principalId: string) => {
    if (!(await needs.isConnected(organizationId))) {
      throw new AppError("conflict", "credentials.not_connected", "Connect the tenant first: Credentials, Test & Save");
    }
    const instanceId = refreshInstance(organizationId);
    const work = { principalId, organizationId, instanceId, orchestrator: REFRESH_ACCOUNTS, input: { organizationId } };
    return startOperation(operations, starter, work);
  };
  const activatesNew = async (organizationId: string) =>
    (await needs.organizations.find(organizationId))?.value.autoActivate.mode === "all";
  return {
    accounts: { accounts, totals: needs.totals, isUnpaid: needs.isUnpaid },
    activation: {
      activate: async (organizationId: string, selection: Selection) => {
        await requireFeature(needs, organizationId);
        return activateAccounts(activation, organizationId, selection);
      },
      deactivate: (organizationId: string, selection: Selection) =>
        deactivateAccounts(activation, organizationId, selection),
    },
    operations: { ...operations, refreshAccounts: refresh },
    refreshDirectory: {
      log,
      refresh: (organizationId: string, deadline: number) =>
        refreshAccounts({ accounts, users: needs.users, activatesNew, now }, organizationId, deadline),
    },
    finishOperation: { log, operations: operations.operations },
  };
}

/** Throws, with the reason, while private-chat backup does not work for the organization. */
export async function requireFeature(
  { organizations, partners }: Pick<Needs, "organizations" | "partners">,
  organizationId: string,
): Promise<void> {
  const organization = (await organizations.find(organizationId))?.value;
  const partner = organization && (await partners.find(organization.partnerId))?.value;
  mustBeOn({
    partnerEnabled: partner?.privateChat === true,
    plan: organization?.plan ?? "Backup",
    enabled: organization?.privateChat === true,
  });
}
