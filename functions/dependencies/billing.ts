import type { BackupAccounts } from "../../shared/backup/backup-accounts.ts";
import type { RunStore } from "../../shared/backup/run-store.ts";
import { waitingUsers } from "../../shared/backup/waiting-users.ts";
import { paymentInstance, RETRY_PAYMENT } from "../../shared/billing/billing.contract.ts";
import type { PaymentStore } from "../../shared/billing/payment-store.ts";
import type { ProbePaymentDeps } from "../../shared/billing/probe-payment.ts";
import type { ConnectionStore } from "../../shared/credentials/tenant-connection.ts";
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
  readonly connections: ConnectionStore;
  readonly tenants: TenantProbe;
  readonly operations: OperationsDeps;
  readonly ensureReady: (organizationId: string) => Promise<void>;
}

/** Payment that Graph wants: shown, asked for again, and what it stopped taken up. */
export function billingDependencies({ log, now }: Base, needs: Needs) {
  const { payments, runs, accounts, due } = needs;
  const isPaused = async (organizationId: string) => (await runs.paused(organizationId)) !== undefined;
  const isUnpaid = async (organizationId: string) => (await payments.find(organizationId)) !== undefined;
  const probe = async (durable: Starter, organizationId: string): Promise<void> => {
    await durable.start(paymentInstance(organizationId), RETRY_PAYMENT, { organizationId, operationId: newId(now()) });
  };
  const probing: ProbePaymentDeps = {
    payments,
    ensureReady: needs.ensureReady,
    waiting: (organizationId) => waitingUsers({ runs, accounts }, organizationId),
    async tryExport(organizationId, userGraphId) {
      const connection = await needs.connections.find(organizationId);
      if (!connection) throw new AppError("conflict", "credentials.not_connected", "The tenant is not connected");
      await needs.tenants.open(connection).exportOnce(userGraphId);
    },
    resume: (organizationId) => runs.resume(organizationId),
    now,
    log,
  };
  return {
    ...probing,
    ...{ due, isPaused, isUnpaid, probe },
    retry: async (durable: Starter, organizationId: string, principalId: string) => {
      if (!(await isUnpaid(organizationId)) && !(await isPaused(organizationId)))
        throw new AppError("conflict", "billing.nothing_to_retry", "Nothing waits for payment");
      const instanceId = paymentInstance(organizationId);
      const work = { principalId, organizationId, instanceId, orchestrator: RETRY_PAYMENT, input: { organizationId } };
      return startOperation(needs.operations, durable, work);
    },
    /** For who asks for a backup: a probe where payment was wanted. */
    retryPayment: async (durable: Starter, organizationId: string) => {
      if (await isUnpaid(organizationId)) await probe(durable, organizationId);
    },
  };
}
