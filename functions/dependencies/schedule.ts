import type { AccountStore } from "../../shared/accounts/account-store.ts";
import type { RunStore } from "../../shared/backup/run-store.ts";
import { nextDaily, remindOfDaily, type StartDailyDeps } from "../../shared/backup/start-daily.ts";
import type { Organization } from "../../shared/organizations/organization.contract.ts";
import type { OrganizationStore, PartnerStore } from "../../shared/organizations/stores.ts";
import { dueTable } from "../../shared/storage/due-table.ts";
import type { Base } from "./base.ts";

interface Needs {
  readonly runs: RunStore;
  readonly partners: PartnerStore;
  readonly organizations: OrganizationStore;
  readonly directory: AccountStore;
  readonly ensureReady: (organizationId: string) => Promise<void>;
  readonly isUnpaid: (organizationId: string) => Promise<boolean>;
}

/** The daily run of every organization. */
export function scheduleDependencies({ table, now, log }: Base, needs: Needs) {
  const { runs, organizations, directory, ensureReady, isUnpaid } = needs;
  const find = async (organizationId: string) => (await organizations.find(organizationId))?.value;
  const deps: StartDailyDeps = {
    due: dueTable(table("due"), "daily"),
    ...{ runs, ensureReady, isUnpaid, now },
    scheduleOf: find,
    hasAccounts: async (organizationId) =>
      (await find(organizationId))?.autoActivate.mode === "all" || (await directory.countActive(organizationId)) > 0,
  };
  return {
    ...deps,
    log,
    organizations: () => pagesOfAll(needs),
    next: (organization: Organization) => nextDaily(deps, organization.organizationId, organization),
    scheduled: (organizationId: string, schedule: Organization["schedule"]) =>
      remindOfDaily(deps, organizationId, schedule),
  };
}

const AT_ONCE = 500;

async function* pagesOfAll({ partners, organizations }: Needs): AsyncGenerator<string[]> {
  for (let partner: string | undefined; ; ) {
    const some = await partners.page(AT_ONCE, partner);
    for (const { partnerId } of some) {
      for (let after: string | undefined; ; ) {
        const ids = await organizations.pageOfPartner(partnerId, AT_ONCE, after);
        yield ids;
        after = ids.at(-1);
        if (ids.length < AT_ONCE) break;
      }
    }
    partner = some.at(-1)?.partnerId;
    if (some.length < AT_ONCE) return;
  }
}
