import { createGraphSources, type GraphSources } from "../../../shared/graph/create-graph-sources.ts";
import type { RateGate } from "../../../shared/backup/rate-gate.ts";
import type { TenantConnection } from "../../../shared/credentials/tenant-connection.ts";
import { freeOfCharge } from "../../support/free-of-charge.ts";
import { createLogger } from "../../../shared/platform/logger.ts";
import { Secret } from "../../../shared/platform/secret.ts";
import type { ScriptedTenant } from "../../support/scripted-tenant.ts";

export const connection: TenantConnection = {
  organizationId: "o1",
  tenantId: "11111111-1111-4111-8111-111111111111",
  clientId: "22222222-2222-4222-8222-222222222222",
  credential: { kind: "secret", clientSecret: new Secret("marker-secret") },
};

export interface Scripted extends GraphSources {
  /** Milliseconds that were waited for, in order; nothing really waits. */
  readonly waits: number[];
  readonly fences: { readonly bucket: string; readonly inMs: number }[];
  readonly lines: string[];
  /** What each request waits for before it goes out. */
  line: () => Promise<void>;
  /** The connection that is stored; nothing when the organization is not connected. */
  connection: TenantConnection | undefined;
}

/** The real sources against a scripted server: only the clock, the waits and the shared rate are played. */
export function scriptedSources(tenant: ScriptedTenant): Scripted {
  const waits: number[] = [];
  const fences: Scripted["fences"] = [];
  const lines: string[] = [];
  let clock = Date.now();
  const gate: RateGate = {
    turn: () => scripted.line(),
    fence: async (_, bucket, notBefore) => void fences.push({ bucket, inMs: notBefore - clock }),
  };
  const scripted: Scripted = {
    waits,
    fences,
    lines,
    line: () => Promise.resolve(),
    connection,
    ...createGraphSources({
      config: {
        baseUrl: tenant.origin,
        authorityHost: tenant.origin,
        disableInstanceDiscovery: true,
        contentHosts: [`localhost:${tenant.port}`],
        exportRequestsPerSecond: 160,
        exportRequestsPerSecondApp: 800,
        provider: undefined,
      },
      connections: { find: async () => scripted.connection },
      gate,
      fence: freeOfCharge,
      log: createLogger((_, line) => void lines.push(line)),
      now: () => clock,
      sleep: async (ms) => {
        waits.push(ms);
        clock += ms;
      },
    }),
  };
  return scripted;
}

export async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}
