import { rateLimits } from "../../shared/backup/rate-limits.ts";
import { createPaymentFence } from "../../shared/billing/payment-fence.ts";
import { createConnections } from "../../shared/credentials/connections.ts";
import { createGraphSources } from "../../shared/graph/create-graph-sources.ts";
import { newId } from "../../shared/platform/new-id.ts";
import { connectionTable } from "../../shared/storage/connection-table.ts";
import { dueTable } from "../../shared/storage/due-table.ts";
import { paymentTable } from "../../shared/storage/payment-table.ts";
import { createRateGate } from "../../shared/storage/rate-gate.ts";
import { rateRowShape } from "../../shared/storage/rate-row.ts";
import { secretFile } from "../../shared/storage/secret-file.ts";
import { table as tableOf } from "../../shared/storage/table.ts";
import type { Base } from "./base.ts";

/** Connections to the tenants, and Graph through them. */
export function credentialDependencies(base: Base) {
  const { config, log, now, table } = base;
  const connections = createConnections({
    records: connectionTable(table("credentials")),
    secrets: secretFile(config.secrets.file, base.seal("secrets")),
    now,
  });
  const { exportRequestsPerSecond, exportRequestsPerSecondApp } = config.graph;
  const gate = createRateGate({
    table: tableOf(table("rates"), rateRowShape),
    fetcherId: newId(now()),
    limits: rateLimits(exportRequestsPerSecond, exportRequestsPerSecondApp),
    now,
    sleep: base.sleep,
  });
  const payments = paymentTable(table("payments"));
  const due = dueTable(table("due"), "payment");
  const fence = createPaymentFence({ payments, due, now, log });
  const graph = createGraphSources({ config: config.graph, connections, gate, fence, log, now });
  return { connections, graph, gate, payments, due };
}
