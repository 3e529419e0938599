import type { BackupAccounts } from "../../shared/backup/backup-accounts.ts";
import type { RunStore } from "../../shared/backup/run-store.ts";
import { waitingUsers } from "../../shared/backup/waiting-users.ts";
import {
  ESTIMATE_BILLING,
  estimateInstance,
  paymentInstance,
  RETRY_PAYMENT,
} from "../../shared/billing/billing.contract.ts";
import type { PaymentStore } from "../../shared/billing/payment-store.ts";
import type { ProbePaymentDeps } from "../../shared/billing/probe-payment.ts";
import type { SampleExportDeps } from "../../shared/billing/sample-export.ts";
import type { UsageStore } from "../../shared/billing/usage.ts";
import type { OrganizationStore } from "../../shared/organizations/stores.ts";
import { estimateTable } from "../../shared/storage/estimate-table.ts";
import type { AccountStore, AccountTotalsSource } from "../../shared/accounts/account-store.ts";
import type { MessageSource } from "../../shared/backup/message-source.ts";
import { partnerRow, usageIn } from "./usage.ts";
import type { Connections } from "../../shared/credentials/connections.ts";
import type { TenantProbe } from "../../shared/credentials/tenant-probe.ts";
import { type OperationsDeps, type Starter, startOperation } from "../../shared/operations/operations.ts";
import type { DueList } from "../../shared/platform/due-list.ts";
import { AppError } from "../../shared/platform/errors.ts";
import { newId } from "../../shared/platform/new-id.ts";
import type { Base } from "./base.ts";

interface Needs {
  readonly payments: PaymentStore;
  readonly due: DueList;
  readonly runs: RunStore;
  readonly accounts: BackupAccounts;
  readonly connections: Connections;
  readonly tenants: TenantProbe;
  readonly operations: OperationsDeps;
  readonly usage: UsageStore;
  readonly directory: AccountStore;
  readonly messages: MessageSource;
  readonly totals: AccountTotalsSource;
  readonly organizations: OrganizationStore;
  readonly ensureReady: (organizationId: string) => Promise<void>;
}

/** Payment that Graph wants: shown, asked for again, and what it stopped taken up. */
export function billingDependencies({ log, now, table }: Base, needs: Needs) {
  const { payments, runs, accounts, due, usage } = needs;
  const isPaused = async (organizationId: string) => (await runs.paused(organizationId)) !== undefined;
  const isUnpaid = async (organizationId: string) => (await payments.find(organizationId)) !== undefined;
  const probe = async (durable: Starter, organizationId: string): Promise<void> => {
    await durable.start(paymentInstance(organizationId), RETRY_PAYMENT, { organizationId, operationId: newId(now()) });
  };
  const users = async (organizationId: string) =>
    (await needs.directory.list(organizationId)).accounts.flatMap(({ status, graphId }) =>
      status === "LEFT" ? [] : [graphId],
    );
  const begin = (
    durable: Starter,
    principalId: string,
    organizationId: string,
    instanceId: string,
    orchestrator: string,
  ) =>
    startOperation(needs.operations, durable, {
      ...{ principalId, organizationId, instanceId, orchestrator },
      input: { organizationId },
    });
  const probing: ProbePaymentDeps = {
    payments,
    ensureReady: needs.ensureReady,
    async *waiting(organizationId) {
      yield* waitingUsers({ runs, accounts }, organizationId);
      // Payment may be wanted before anybody is active.
      yield* await users(organizationId);
    },
    async tryExport(organizationId, userGraphId) {
      const connection = await needs.connections.find(organizationId);
      if (!connection) throw new AppError("conflict", "credentials.not_connected", "The tenant is not connected");
      await needs.tenants.open(connection).exportOnce(userGraphId);
    },
    resume: (organizationId) => runs.resume(organizationId),
    now,
    log,
  };
  const sampling: SampleExportDeps = {
    ...{ ensureReady: needs.ensureReady, users, usage, now },
    estimates: estimateTable(table("payments")),
    async *pages(organizationId, userGraphId, stretch) {
      for await (const page of needs.messages.pages(organizationId, userGraphId, stretch)) yield page.messages.length;
    },
  };
  return {
    ...probing,
    ...sampling,
    usageOf: (organizationId: string, month: string) => usageIn(needs, now, organizationId, month),
    model: async (organizationId: string) => (await needs.connections.record(organizationId))?.model ?? null,
    countActive: (organizationId: string) => needs.directory.countActive(organizationId),
    estimate: async (durable: Starter, organizationId: string, principalId: string) => {
      await needs.ensureReady(organizationId);
      return begin(durable, principalId, organizationId, estimateInstance(organizationId), ESTIMATE_BILLING);
    },
    partnerUsage: {
      organizations: needs.organizations,
      now,
      of: (organizationId: string, month: string) => partnerRow(needs, now, organizationId, month),
    },
    ...{ due, isPaused, isUnpaid, probe },
    retry: async (durable: Starter, organizationId: string, principalId: string) => {
      if (!(await isUnpaid(organizationId)) && !(await isPaused(organizationId)))
        throw new AppError("conflict", "billing.nothing_to_retry", "Nothing waits for payment");
      return begin(durable, principalId, organizationId, paymentInstance(organizationId), RETRY_PAYMENT);
    },
    /** For who asks for a backup: a probe where payment was wanted. */
    retryPayment: async (durable: Starter, organizationId: string) => {
      if (await isUnpaid(organizationId)) await probe(durable, organizationId);
    },
  };
}
