import type { TenantQuery } from "./control/tenant-query.ts";
import type { App } from "./entra/apps.ts";
import type { FaultRule } from "./faults.ts";
import type { SimulatedTenant } from "./simulated-tenant.ts";
import type { Stats } from "./stats.ts";
import type { Mutators } from "./tenant/mutators.ts";
import type { Tenant } from "./tenant/tenant.ts";

/** A running simulator, for tests in the same process; others use `/_simulator/…` (docs/simulator.md). */
export interface Simulator {
  /** For GRAPH_BASE_URL. */
  readonly graphUrl: string;
  /** For ENTRA_AUTHORITY_HOST. */
  readonly authorityUrl: string;
  /** `host:port` for CONTENT_HOSTS. */
  readonly contentHost: string;
  /** PEM file for NODE_EXTRA_CA_CERTS, which Node reads once, when a process starts. */
  readonly caFile: string;
  readonly tenant: SimulatedTenant;
  readonly stats: () => Stats;
  readonly resetStats: () => void;
  /** Replaces all fault rules; an empty list ends all faults. */
  readonly setFaults: (rules: readonly FaultRule[]) => void;
  /** Registrations of both apps, to change secrets, certificates, roles and consent in place. */
  readonly app: App;
  readonly providerApp: App;
  /** Tokens issued up to now answer 401 from now on. */
  readonly invalidateTokens: () => void;
  /** What the admin on the consent page does from now on. Default "accept". */
  readonly setConsent: (decision: "accept" | "decline") => void;
  /** As the option of the same name, from now on and with all allowances full. */
  readonly setThrottling: (throttling: "documented" | "off" | number) => void;
  /** What the tenant holds, without the protocol. */
  readonly query: TenantQuery;
  readonly mutate: Mutators;
  readonly data: Tenant;
  readonly now: () => number;
  /** Moves the simulator's clock ahead of its time source. */
  readonly advance: (ms: number) => void;
  readonly stop: () => Promise<void>;
}
