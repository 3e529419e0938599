import type { RunStore } from "../../shared/backup/run-store.ts";
import { nextDaily, remindOfDaily, type StartDailyDeps } from "../../shared/backup/start-daily.ts";
import type { Organization } from "../../shared/organizations/organization.contract.ts";
import type { OrganizationStore, PartnerStore } from "../../shared/organizations/stores.ts";
import { dueTable } from "../../shared/storage/due-table.ts";
import type { Base } from "./base.ts";
import { allOrganizations } from "./organizations.ts";

interface Needs {
  readonly runs: RunStore;
  readonly partners: PartnerStore;
  readonly organizations: OrganizationStore;
  readonly countActive: (organizationId: string) => Promise<number>;
  readonly ensureReady: (organizationId: string) => Promise<void>;
  readonly isUnpaid: (organizationId: string) => Promise<boolean>;
}

/** The daily run of every organization. */
export function scheduleDependencies({ table, now, log }: Base, needs: Needs) {
  const { runs, organizations, countActive, ensureReady, isUnpaid } = needs;
  const find = async (organizationId: string) => (await organizations.find(organizationId))?.value;
  const deps: StartDailyDeps = {
    due: dueTable(table("due"), "daily"),
    ...{ runs, ensureReady, isUnpaid, now },
    scheduleOf: find,
    hasAccounts: async (organizationId) =>
      (await find(organizationId))?.autoActivate.mode === "all" || (await countActive(organizationId)) > 0,
  };
  return {
    ...deps,
    log,
    organizations: () => allOrganizations(needs),
    next: (organization: Organization) => nextDaily(deps, organization.organizationId, organization),
    scheduled: (organizationId: string, schedule: Organization["schedule"]) =>
      remindOfDaily(deps, organizationId, schedule),
  };
}
