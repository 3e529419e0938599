import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import { sweepInstance } from "../../../shared/archive/removal/sweep.contract.ts";
import { backupInstance } from "../../../shared/backup/backup.contract.ts";
import { driftInstance } from "../../../shared/backup/drift.contract.ts";
import { type Answer, startApi, type TestApi, tenantSetUp } from "../../support/api.ts";
import { connect, until } from "../../support/connected.ts";
import { durableApi } from "../../support/durable-api.ts";
import { simulated } from "../../support/settings.ts";
import { startTrusted } from "../../support/simulator.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;
let simulator: Simulator;
let api: TestApi;
beforeAll(async () => {
  simulator = await startTrusted({ sizes: { accounts: 4, messages: 60, chats: 3 } });
  api = await startApi(simulated(simulator));
}, 60_000);
afterAll(async () => {
  await api.stop();
  await simulator.stop();
});

/** By its id, as the timer reckons. */
const hourOf = (organizationId: string): number => Number.parseInt(organizationId.slice(-4), 36) % 24;

/** An organization whose turn it is in this hour, of which there are some minutes left; and one whose turn it is not. */
async function inTurn() {
  const left = HOUR - (Date.now() % HOUR);
  if (left < 3 * 60_000) await delay(left);
  const hour = new Date().getUTCHours();
  let other = await tenantSetUp(api);
  for (;;) {
    const world = await tenantSetUp(api);
    if (hourOf(world.organizationId) === hour && (hour - hourOf(other.organizationId)) % 6 !== 0)
      return { ...world, other };
    if ((hour - hourOf(world.organizationId)) % 6 !== 0) other = world;
  }
}

test("the hourly upkeep sweeps, looks for drift and applies retention, each organization in its turn", async () => {
  const world = await inTurn();
  const { organizationId, admin, other } = world;
  await connect(api, simulator, world);
  const base = `organizations/${organizationId}`;
  const get = async (path: string): Promise<Answer["body"]> => (await api.ask(admin, "GET", `${base}/${path}`)).body;
  const post = async (path: string, body: object): Promise<Answer["body"]> =>
    (await api.ask(admin, "POST", `${base}/${path}`, { body })).body;
  const ended = (path: string) =>
    until(api, admin, `${base}/${path}`, (status) => !["Queued", "Running"].includes(status));
  const backUp = async () => ended(`backups/${(await post("backups", { all: true })).id}`);
  const durable = durableApi(api.url);
  const created = async (id: string) =>
    (await durable.get(`instances/${id}`)).status === 404 ? "never" : (await durable.status(id)).createdTime;
  const keepUp = async (...instances: string[]) => {
    const before = await Promise.all(instances.map(created));
    await api.fire("keepUp");
    for (const [n, id] of instances.entries()) await expect.poll(() => created(id)).not.toBe(before[n]);
    for (const id of instances) expect((await durable.ended(id)).runtimeStatus).toBe("Completed");
  };
  const daily = [sweepInstance(organizationId), driftInstance(organizationId)];
  expect((await backUp()).status).toBe("Completed");

  // What no run reads again: every few days a message that Graph shows as that old. And what a killed run left.
  for (const { plan } of simulator.data.books)
    for (let at = Date.now() - 600 * DAY; at < Date.now() - 5 * DAY; at += 5 * DAY)
      simulator.mutate.addMessage(plan.id, {}, at);
  const container = api.data.blobs.getContainerClient(`org-${organizationId}`);
  const names = async () =>
    (await Array.fromAsync(container.listBlobsFlat({ prefix: "messages/" }))).map(({ name }) => name);
  const [pack = ""] = await names();
  const leftover = container.getBlockBlobClient(pack.replace(/[0-9a-f]{64}/, "0".repeat(64)));
  await leftover.uploadData(Buffer.from("left"));
  expect(await get("drift")).toEqual({ items: [], nextCursor: null });
  await keepUp(...daily);
  const { items } = await get("drift");
  expect(items[0]).toMatchObject({ changed: 0, codes: [] });
  expect(items[0].windows).toBeGreaterThan(0);
  expect(items[0].missing).toBeGreaterThan(0);
  // It goes days later, unless somebody has named it by then.
  expect((await leftover.getProperties()).metadata).toEqual({ unnamed: "1" });
  expect((await container.getBlobClient(pack).getProperties()).metadata).toEqual({});
  for (const id of [sweepInstance(other.organizationId), driftInstance(other.organizationId)])
    expect((await durable.get(`instances/${id}`)).status).toBe(404);
  const mended = await backUp();
  expect(mended.status).toBe("Completed");
  expect(mended.totals.messagesNew).toBeGreaterThanOrEqual(items[0].missing);

  // All of a month must be past.
  const days = Math.ceil((Date.now() - Date.UTC(2026, 1, 2)) / DAY);
  const isPast = (name: string) => /^messages\/[^/]+\/(20(1\d|2[0-5])|2026-01)/.test(name);
  expect((await names()).some(isPast)).toBe(true);
  const changed = await api.ask(admin, "PATCH", base, { body: { retention: { days } } });
  expect(changed.body.retention).toEqual({ days });
  await keepUp(...daily, backupInstance(organizationId));
  const { id } = await post("verify", { bytes: "all" });
  expect(await ended(`verify/${id}`)).toMatchObject({ status: "Completed", problems: [] });
  const rest = await names();
  expect(rest.some((name) => !isPast(name))).toBe(true);
  expect(rest.filter(isPast)).toEqual([leftover.name]);
}, 240_000);
