import { setTimeout as delay } from "node:timers/promises";
import type { Simulator } from "../../local/graph-simulator/simulator.ts";
import { type Answer, type Person, type TestApi, tenantSetUp } from "./api.ts";

/** Asks until the status is as wanted; gives up after two minutes. */
export async function until(
  api: TestApi,
  person: Person,
  path: string,
  isWanted: (status: string) => boolean,
): Promise<Answer["body"]> {
  let body: Answer["body"];
  for (let tries = 0; tries < 1_200; tries++, await delay(100)) {
    ({ body } = await api.ask(person, "GET", path));
    if (isWanted(body.status)) return body;
  }
  throw new Error(`${path} stays ${JSON.stringify(body)}`);
}

/** An organization whose tenant is the simulator's, with its users read; all of them active unless `count` says fewer. */
export async function connected(api: TestApi, simulator: Pick<Simulator, "tenant">, count?: number) {
  const world = await tenantSetUp(api);
  await connect(api, simulator, world, count);
  return world;
}

/** Connects an organization that is there already. */
export async function connect(
  api: TestApi,
  { tenant }: Pick<Simulator, "tenant">,
  { organizationId, admin }: { readonly organizationId: string; readonly admin: Person },
  count?: number,
): Promise<void> {
  const base = `organizations/${organizationId}`;
  const { tenantId, clientId, clientSecret } = tenant;
  await api.ask(admin, "PUT", `${base}/credentials`, { body: { kind: "secret", tenantId, clientId, clientSecret } });
  const { body } = await api.ask(admin, "POST", `${base}/accounts/refresh`, { body: {} });
  await until(api, admin, `operations/${body.id}`, (status) => status === "Completed");
  const accounts = await api.ask(admin, "GET", `${base}/accounts?top=500&status=INACTIVE`);
  const ids = (accounts.body.items as { id: string }[]).map(({ id }) => id);
  const selection = count === undefined ? { all: true } : { accountIds: ids.slice(0, count) };
  await api.ask(admin, "POST", `${base}/accounts/activate`, { body: selection });
}
