import { createConnections } from "../../shared/credentials/connections.ts";
import { createGraphSources } from "../../shared/graph/create-graph-sources.ts";
import { connectionTable } from "../../shared/storage/connection-table.ts";
import { secretFile } from "../../shared/storage/secret-file.ts";
import type { Base } from "./base.ts";
import { rateGateOf } from "./rate-gate.ts";

/** Connections to the tenants, and Graph through them. */
export function credentialDependencies(base: Base) {
  const { config, log, now, table } = base;
  const connections = createConnections({
    records: connectionTable(table("credentials")),
    secrets: secretFile(config.secrets.file, base.seal("secrets")),
    now,
  });
  const graph = createGraphSources({ config: config.graph, connections, gate: rateGateOf(base), log, now });
  return { connections, graph };
}
