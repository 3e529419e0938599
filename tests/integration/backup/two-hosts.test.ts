import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Azurite, startAzurite } from "../../../local/azurite.ts";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import { rateRowShape } from "../../../shared/storage/rate-row.ts";
import { table } from "../../../shared/storage/table.ts";
import { startApi, type TestApi } from "../../support/api.ts";
import { type BackedUp, backedUp } from "../../support/backed-up.ts";
import { temporaryFolder } from "../../support/host.ts";
import { startTrusted } from "../../support/simulator.ts";
import { simulated } from "../../support/settings.ts";

const PER_SECOND = 16;
const SAMPLE_MS = 500;
/** In samples: four seconds, over which what bunches up on a busy machine is spread. */
const SPAN = 8;

/** Two processes of the app over one storage, each with an organization of the same tenant. Each has a task hub of its own, and may
 * take up the other's runs beside it, as after a failover. */
let azurite: Azurite;
let simulator: Simulator;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const hosts: TestApi[] = [];

beforeAll(async () => {
  azurite = await startAzurite();
  simulator = await startTrusted({ sizes: { accounts: 4, messages: 60, chats: 3 }, exportPageSize: 4 });
  folder = await temporaryFolder();
  await startHost();
}, 60_000);
afterAll(async () => {
  await Promise.all(hosts.map((host) => host.stop()));
  await simulator.stop();
  await folder.remove();
});
beforeEach(() => {
  simulator.setFaults([]);
  simulator.setThrottling("off");
});

async function startHost(): Promise<void> {
  const settings = {
    ...simulated(simulator),
    EXPORT_REQUESTS_PER_SECOND: String(PER_SECOND),
    SECRETS_FILE: join(folder.path, "secrets.json"),
  };
  hosts.push(await startApi(settings, Promise.resolve(azurite)));
}

async function organizations(): Promise<BackedUp[]> {
  const made: BackedUp[] = [];
  // One after the other: they share a file of secrets.
  for (const host of hosts) made.push(await backedUp(host, simulator));
  return made;
}
const exports = () => simulator.stats().requests.export ?? 0;

test("one process stays inside the documented limits of tenant, user and chat", async () => {
  const [organization] = await organizations();
  simulator.setThrottling("documented");
  simulator.resetStats();
  const run = await organization?.ended(await organization.begin());
  expect(run?.status).toBe("Completed");
  const refused = Object.keys(simulator.stats().answers).filter((answer) => answer.endsWith(" 429"));
  expect(refused).toEqual([]);
}, 60_000);

test("the sum over two processes stays inside the limit of the tenant, from the first request of the second on", async () => {
  await startHost();
  const first = await organizations();
  simulator.resetStats();
  const samples = [0];
  const sampling = setInterval(() => samples.push(exports()), SAMPLE_MS);
  await Promise.all(first.map(async (one) => one.ended(await one.begin())));
  const both = await organizations();
  const before = exports();
  const runs = await Promise.all(both.map(async (one) => one.ended(await one.begin())));
  expect(runs.map(({ status }) => status)).toEqual(["Completed", "Completed"]);
  clearInterval(sampling);
  // More than one process may send in the time, and less than two would.
  const inSpan = samples.map((sum, n) => sum - (samples[n - SPAN] ?? 0));
  expect(exports() - before).toBeGreaterThan((PER_SECOND * 2 * SPAN * SAMPLE_MS) / 1_000);
  expect(Math.max(...inSpan)).toBeLessThanOrEqual((PER_SECOND * 1.5 * SPAN * SAMPLE_MS) / 1_000);
}, 120_000);

test("a fence stops the calls of the whole tenant in both processes, and long waits are durable timers", async () => {
  const both = await organizations();
  const runIds = await Promise.all(both.map((one) => one.begin()));
  while (exports() < 10) await delay(50);
  simulator.setFaults([{ kind: "throttle", on: "export", retryAfter: "600", count: 1 }]);
  const rates = table(azuriteTables("rates"), rateRowShape);
  const tenantRow = { partitionKey: `tenant|${simulator.tenant.tenantId}`, rowKey: "rate" };
  const fence = async (): Promise<number> => {
    const row = await rates.get(tenantRow);
    return (JSON.parse(row?.value.fences ?? "{}") as { export?: number }).export ?? 0;
  };
  while ((await fence()) < Date.now() + 500_000) await delay(100);
  // The other process reads the row again within five seconds; what is on its way arrives.
  await delay(7_000);
  const before = exports();
  await delay(3_000);
  expect(exports()).toBe(before);
  const notBefore = await fence();
  const waits = await Promise.all(hosts.map((host, n) => waitsOf(host, both[n], runIds[n])));
  for (const found of waits) expect(found).toContain(notBefore);
}, 60_000);

/** Until when activities of a run's accounts wait outside of the process, by what they answered to their orchestrations. */
async function waitsOf(
  host: TestApi,
  organization: BackedUp | undefined,
  runId: string | undefined,
): Promise<number[]> {
  const { body } = await host.ask(
    organization?.admin,
    "GET",
    `${organization?.base}/backups/${runId}/accounts?top=500`,
  );
  const found: number[] = [];
  for (const { accountId } of body.items as { accountId: string }[]) {
    const id = `backup:${runId}:${accountId}`;
    const query = "showHistory=true&showHistoryOutput=true";
    const status = await fetch(`${host.url}/runtime/webhooks/durabletask/instances/${id}?${query}`);
    for (const [, notBefore] of (await status.text()).matchAll(/later.{1,10}notBefore\W*(\d+)/g))
      found.push(Number(notBefore));
  }
  return found;
}

const azuriteTables = (name: string) => {
  const [host] = hosts;
  if (!host) throw new Error("no host");
  return host.data.table(name);
};
