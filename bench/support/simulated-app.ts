import { setTimeout as delay } from "node:timers/promises";
import { spawnSimulator } from "../../local/spawn-simulator.ts";
import type { SimulatorOptions } from "../../local/graph-simulator/options.ts";
import { type Answer, startApi, tenantSetUp } from "../../tests/support/api.ts";
import { trustSimulator } from "../../tests/support/trust-simulator.ts";
import { simulated } from "../../tests/support/settings.ts";

const isEnded = (status: unknown): boolean => status !== "Queued" && status !== "Running";

/** The whole app with one organization whose tenant is simulated and connected, all accounts active: host, simulator and
 * Azurite are processes of their own, as in the local mode. */
export async function startSimulatedApp(options: SimulatorOptions, settings: Readonly<Record<string, string>> = {}) {
  const simulator = await spawnSimulator(options);
  trustSimulator(simulator.caFile);
  const api = await startApi({
    ...simulated(simulator),
    ...settings,
  });
  const { organizationId, admin } = await tenantSetUp(api);
  const base = `organizations/${organizationId}`;
  const ask = async (method: string, path: string, body?: unknown): Promise<Answer["body"]> => {
    const answer = await api.ask(admin, method, path, body === undefined ? {} : { body });
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  const ended = async (path: string): Promise<Answer["body"]> => {
    for (;;) {
      const body = await ask("GET", path);
      if (isEnded(body.status)) return body;
      await delay(250);
    }
  };
  const { tenantId, clientId, clientSecret } = simulator.tenant;
  await ask("PUT", `${base}/credentials`, { kind: "secret", tenantId, clientId, clientSecret });
  await ended(`operations/${(await ask("POST", `${base}/accounts/refresh`, {})).id}`);
  await ask("POST", `${base}/accounts/activate`, { all: true });
  const { items } = await ask("GET", `${base}/accounts?top=500&status=ACTIVE`);
  return {
    api,
    simulator,
    organizationId,
    accounts: items as readonly {
      readonly id: string;
      readonly graphId: string;
      readonly userPrincipalName: string;
    }[],
    /** Backs up all accounts; answers the run as the API shows it at its end. */
    backUp: async () => ended(`${base}/backups/${(await ask("POST", `${base}/backups`, { all: true })).id}`),
    async stop() {
      await api.stop();
      await simulator.stop();
    },
  };
}

export type SimulatedApp = Awaited<ReturnType<typeof startSimulatedApp>>;
