import type { KeyUseStore } from "../../shared/access/idempotency.ts";
import type { Connections } from "../../shared/credentials/connections.ts";
import { type ConsentDeps, beginConsent, finishConsent } from "../../shared/organizations/consent.ts";
import type { Ended, RunStore } from "../../shared/backup/run-store.ts";
import type { OrganizationsDeps, Progress } from "../../shared/organizations/organizations.ts";
import { organizationTable } from "../../shared/storage/organization-table.ts";
import { partnerTable } from "../../shared/storage/partner-table.ts";
import type { Base } from "./base.ts";

/** Where partners and organizations are kept. */
export const organizationStores = ({ table }: Base) => ({
  partners: partnerTable(table("partners")),
  organizations: organizationTable(table("organizations")),
});

type Stores = ReturnType<typeof organizationStores>;

const PAGE = 500;

/** The ids of all organizations there are, partner by partner. */
export async function* allOrganizations({ partners, organizations }: Stores): AsyncGenerator<string> {
  const all = pages(
    (after) => partners.page(PAGE, after),
    ({ partnerId }) => partnerId,
  );
  for await (const { partnerId } of all)
    yield* pages(
      (after) => organizations.pageOfPartner(partnerId, PAGE, after),
      (organizationId) => organizationId,
    );
}

async function* pages<T>(read: (after?: string) => Promise<T[]>, idOf: (item: T) => string): AsyncGenerator<T> {
  for (let page = await read(); ; ) {
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    page = await read(idOf(last));
  }
}

interface Needs extends Stores {
  readonly connections: Connections;
  readonly countActive: (organizationId: string) => Promise<number>;
  readonly keyUses: KeyUseStore;
  readonly isUnpaid: (organizationId: string) => Promise<boolean>;
  readonly runs: RunStore;
  readonly scheduled: OrganizationsDeps["scheduled"];
  readonly nextBackup: OrganizationsDeps["nextBackup"];
}

/** Partners, organizations, their set-up and consent. */
export function organizationDependencies(
  base: Base,
  { connections, countActive, keyUses, isUnpaid, runs, scheduled, nextBackup, ...stores }: Needs,
) {
  const { config, now } = base;
  const organizations: OrganizationsDeps = {
    ...stores,
    ...{ scheduled, nextBackup, now },
    progress: async (organizationId) => {
      const [record, activeAccounts, unpaid, ended] = await Promise.all([
        connections.record(organizationId),
        countActive(organizationId),
        isUnpaid(organizationId),
        runs.lastEnded(organizationId),
      ]);
      return { connected: record !== undefined, activeAccounts, unpaid, ...concern(ended) };
    },
  };
  const consent: ConsentDeps = {
    organizations: stores.organizations,
    seal: base.seal("consent"),
    useOnce: ({ principalId, nonce }) =>
      keyUses.claim(principalId, `consent|${nonce}`, { fingerprint: "", attempt: "", startedAt: now() }),
    appFor: async (organizationId) => {
      const record = await connections.record(organizationId);
      const clientId = config.graph.provider?.clientId ?? record?.clientId;
      return clientId === undefined ? undefined : { clientId, ...(record ? { tenantId: record.tenantId } : {}) };
    },
    authorityHost: config.graph.authorityHost,
    graphBaseUrl: config.graph.baseUrl,
    redirectUri: `${config.publicBaseUrl}/api/consent/callback`,
    now,
  };
  return {
    partners: { partners: stores.partners, now },
    organizations,
    consent: {
      begin: (organizationId: string, principalId: string) => beginConsent(consent, organizationId, principalId),
      finish: (given: Parameters<typeof finishConsent>[1]) => finishConsent(consent, given),
      portalUrl: config.portalUrl ?? config.publicBaseUrl,
    },
  };
}

const concern = (ended: Ended | undefined): Pick<Progress, "concern"> =>
  ended?.concern === undefined ? {} : { concern: { code: ended.concern, failed: ended.status === "Failed" } };
