import type { Instant } from "../platform/time.ts";
import { type Check, skipped } from "./check.ts";
import { exportChecks } from "./check-export.ts";
import { roleChecks } from "./check-roles.ts";
import { signInChecks } from "./check-sign-in.ts";
import { optionalRoles, requiredRoles } from "./graph-roles.ts";
import type { TenantConnection } from "./tenant-connection.ts";
import type { ProbeSession, TenantProbe } from "./tenant-probe.ts";

export interface TestConnectionDeps {
  readonly probe: TenantProbe;
  readonly now: () => Instant;
}

/** Checks that build on one another. Within a stage all that can be known is told (every missing permission at once). */
interface Stage {
  readonly names: readonly string[];
  readonly run: (
    session: ProbeSession,
    connection: TenantConnection,
    deps: TestConnectionDeps,
  ) => Promise<readonly Check[]>;
}

const STAGES: readonly Stage[] = [
  { names: ["tenant", "application", "credential", "token"], run: signInChecks },
  { names: [...requiredRoles, ...optionalRoles].map(({ role }) => `role.${role}`), run: roleChecks },
  { names: ["graph", "export", "payment"], run: exportChecks },
];

/** Tries a connection step by step against the real tenant, without storing anything. Always answers with all checks in the same
 * order; those after a failed stage are skipped. Rejects only for bugs and lost infrastructure of our own. */
export async function testConnection(deps: TestConnectionDeps, connection: TenantConnection): Promise<Check[]> {
  const session = deps.probe.open(connection);
  const checks: Check[] = [];
  for (const { names, run } of STAGES) {
    const stop = checks.some(({ status }) => status === "failed");
    checks.push(...(stop ? names.map(skipped) : await run(session, connection, deps)));
  }
  return checks;
}
