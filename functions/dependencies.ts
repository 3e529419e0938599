import { rememberDirectory } from "../shared/archive/remember-directory.ts";
import { countUsage } from "../shared/billing/usage.ts";
import { usageTable } from "../shared/storage/usage-table.ts";
import { isAppError } from "../shared/platform/errors.ts";
import type { Config } from "../shared/platform/config.ts";
import type { Logger } from "../shared/platform/logger.ts";
import { accessDependencies } from "./dependencies/access.ts";
import { accountDependencies, accountStore, requireFeature } from "./dependencies/accounts.ts";
import { accountTotals, archiveDependencies, backupDependencies } from "./dependencies/backup.ts";
import { billingDependencies } from "./dependencies/billing.ts";
import { createBase } from "./dependencies/base.ts";
import { credentialDependencies } from "./dependencies/credentials.ts";
import { downloadDependencies } from "./dependencies/downloads.ts";
import { driftDependencies } from "./dependencies/drift.ts";
import { healthDependencies } from "./dependencies/health.ts";
import { withUsers } from "./dependencies/names.ts";
import { organizationDependencies, organizationStores } from "./dependencies/organizations.ts";
import { removalDependencies } from "./dependencies/removal.ts";
import { visibility } from "./dependencies/retention.ts";
import { scheduleDependencies } from "./dependencies/schedule.ts";
import { upkeepDependencies } from "./dependencies/upkeep.ts";
import { verifyDependencies } from "./dependencies/verify.ts";
import type { Starter } from "../shared/operations/operations.ts";

export type Dependencies = ReturnType<typeof createDependencies>;

/** Builds everything once, without a call to anything outside. The one place where features meet storage and Graph. */
export function createDependencies(config: Config, log: Logger) {
  const base = createBase(config, log);
  const stores = organizationStores(base);
  const access = accessDependencies(base, {
    partnerExists: async (partnerId) => (await stores.partners.find(partnerId)) !== undefined,
    partnerOf: async (organizationId) => (await stores.organizations.find(organizationId))?.value.partnerId,
  });
  const { connections, graph, payments, due } = credentialDependencies(base);
  const isUnpaid = async (organizationId: string) => (await payments.find(organizationId)) !== undefined;
  const directory = accountStore(base);
  const usage = usageTable(base.table("usage"));
  const stored = archiveDependencies(base, visibility(base, { ...stores, accounts: directory }));
  const totals = accountTotals(stored.archive, stored.visibleFrom);
  const isConnected = async (organizationId: string) => (await connections.record(organizationId)) !== undefined;
  const accounts = accountDependencies(base, directory, {
    ...stores,
    users: graph.users,
    isConnected,
    isUnpaid,
    totals,
  });
  const backup = backupDependencies(base, {
    stored,
    graph,
    accounts: directory,
    isConnected,
    isUnpaid,
    countUsage: (organizationId, counted) => countUsage({ usage, now: base.now }, organizationId, counted),
    requireFeature: (organizationId) => requireFeature(stores, organizationId),
  });
  /** Where nobody is ACTIVE, those count who left while they were: the daily run backs them up as long as Graph answers, and finds those
   * who are back. */
  const countActive = async (organizationId: string): Promise<number> => {
    const count = await directory.countActive(organizationId);
    if (count > 0) return count;
    return (await directory.list(organizationId)).accounts.filter(({ formerStatus }) => formerStatus === "ACTIVE")
      .length;
  };
  const daily = scheduleDependencies(base, { ...backup, ...stores, countActive });
  const billing = billingDependencies(base, {
    ...{ payments, due, connections, usage, directory },
    ...{ messages: graph.messages, totals, organizations: stores.organizations },
    runs: backup.runs,
    accounts: backup.accounts,
    ensureReady: backup.ensureReady,
    tenants: graph.probe,
    operations: accounts.operations,
  });
  const downloads = downloadDependencies(base, {
    archive: stored.reader,
    contents: stored.contents,
    chats: rememberDirectory(withUsers(stored.directory, directory), base.now),
    accounts: directory,
  });
  const removal = removalDependencies(base, { stored, accounts: directory });
  const verify = verifyDependencies(base, {
    stored,
    isBeingErased: removal.isBeingErased,
    unknownAccounts: backup.accounts.unknown,
  });
  const upkeep = upkeepDependencies(base, { stored, ...stores });
  const organizations = organizationDependencies(base, {
    ...stores,
    connections,
    countActive,
    keyUses: access.keyUses,
    isUnpaid,
    runs: backup.runs,
    scheduled: daily.scheduled,
    nextBackup: daily.next,
  });
  const refresh = async (durable: Starter, organizationId: string, principalId: string): Promise<void> => {
    try {
      await accounts.operations.refreshAccounts(durable, organizationId, principalId);
    } catch (error) {
      // Nobody asked for it: it can be started by hand, and the next daily run does it anyway.
      if (!isAppError(error, "credentials.not_connected"))
        log.error("accounts.refresh_not_started", error, { organizationId });
    }
  };
  return {
    ...access,
    ...accounts,
    ...organizations,
    backup: { ...backup, retryPayment: billing.retryPayment },
    billing,
    daily,
    downloads,
    verify,
    upkeep,
    removal,
    drift: driftDependencies(base, backup, stored.visibleFrom),
    partners: { ...organizations.partners, ...access.me },
    consent: { ...organizations.consent, refresh },
    credentials: {
      ...{ connections, probe: graph.probe, now: base.now, refresh },
      wasBackedUp: async (organizationId: string) => (await backup.runs.list(organizationId, 1)).length > 0,
    },
    health: healthDependencies(base),
  };
}
