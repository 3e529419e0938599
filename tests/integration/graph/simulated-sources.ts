import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import type { RateGate } from "../../../shared/backup/rate-gate.ts";
import type { TenantConnection } from "../../../shared/credentials/tenant-connection.ts";
import { createGraphSources, type GraphSources } from "../../../shared/graph/create-graph-sources.ts";
import type { Config } from "../../../shared/platform/config.ts";
import { freeOfCharge } from "../../support/free-of-charge.ts";
import { createLogger } from "../../../shared/platform/logger.ts";
import { Secret } from "../../../shared/platform/secret.ts";

const openGate: RateGate = { turn: async () => undefined, fence: async () => undefined };

/** What the sources need to know of a simulator, in this process or another one. */
type Simulated = Pick<Simulator, "graphUrl" | "authorityUrl" | "contentHost"> & {
  readonly tenant: Pick<Simulator["tenant"], "tenantId" | "clientId" | "clientSecret">;
};

export const connectionTo = (simulator: Simulated): TenantConnection => ({
  organizationId: "o1",
  tenantId: simulator.tenant.tenantId,
  clientId: simulator.tenant.clientId,
  credential: { kind: "secret", clientSecret: new Secret(simulator.tenant.clientSecret) },
});

/** The real sources against the simulator. Waits are cut short, so that faults and paces cost no time. */
export function simulatedSources(simulator: Simulated, provider?: Config["graph"]["provider"]): GraphSources {
  return createGraphSources({
    config: {
      baseUrl: simulator.graphUrl,
      authorityHost: simulator.authorityUrl,
      disableInstanceDiscovery: true,
      contentHosts: [simulator.contentHost],
      exportRequestsPerSecond: 160,
      exportRequestsPerSecondApp: 800,
      provider,
    },
    connections: { find: async () => connectionTo(simulator) },
    gate: openGate,
    fence: freeOfCharge,
    log: createLogger(() => undefined),
    now: Date.now,
    sleep: () => new Promise((resolve) => setTimeout(resolve, 1)),
  });
}
