import { afterAll, beforeAll, expect, test } from "vitest";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import { dueTable } from "../../../shared/storage/due-table.ts";
import { type Answer, type Person, startApi, type TestApi, tenantSetUp } from "../../support/api.ts";
import { until } from "../../support/connected.ts";
import { startTrusted } from "../../support/simulator.ts";
import { simulated } from "../../support/settings.ts";

const DAY = 86_400_000;
let simulator: Simulator;
let api: TestApi;
let admin: Person;
let organizationId: string;
let base: string;

beforeAll(async () => {
  simulator = await startTrusted({ sizes: { accounts: 6, messages: 120, chats: 5 } });
  api = await startApi(simulated(simulator));
  ({ organizationId, admin } = await tenantSetUp(api));
  base = `organizations/${organizationId}`;
  const { tenantId, clientId, clientSecret } = simulator.tenant;
  const body = { kind: "secret", tenantId, clientId, clientSecret };
  await api.ask(admin, "PUT", `${base}/credentials`, { body });
  // Made yesterday, so that today's turn is one of its own.
  const rows = api.data.table("organizations");
  const profile = { partitionKey: organizationId, rowKey: "profile" };
  await rows.updateEntity({ ...profile, createdAt: { type: "Double", value: String(Date.now() - 3 * DAY) } }, "Merge");
}, 120_000);
afterAll(async () => {
  await api.stop();
  await simulator.stop();
});

const get = async (path: string): Promise<Answer["body"]> => (await api.ask(admin, "GET", path)).body;
const runs = async (): Promise<{ id: string; status: string }[]> => (await get(`${base}/backups`)).items;
const ended = (status: string) => !["Queued", "Running"].includes(status);
const due = () => dueTable(api.data.table("due"), "daily");
const reminders = () => Array.fromAsync(due().due(Date.now() + 3 * DAY, 10));
async function bringForward(): Promise<void> {
  for (const one of await reminders()) await due().take(one);
  await due().add({ at: Date.now() - 1, organizationId });
}

test("the schedule is an hour in a time zone, and a new one is thought of at its own hour", async () => {
  const before = await reminders();
  expect(before).toHaveLength(1);
  const wanted = { hour: (new Date().getUTCHours() + 12) % 24, timeZone: "UTC" };
  const changed = await api.ask(admin, "PATCH", base, { body: { schedule: wanted } });
  expect(changed.body.schedule).toEqual(wanted);
  expect((await reminders()).some(({ at }) => new Date(at).getUTCHours() === wanted.hour)).toBe(true);
  for (const schedule of [
    { hour: 24, timeZone: "UTC" },
    { hour: 1.5, timeZone: "UTC" },
    { hour: 1, timeZone: "Mars" },
  ])
    expect((await api.ask(admin, "PATCH", base, { body: { schedule } })).status).toBe(400);
});

test("without accounts the turn is kept; it is taken by one run, which reads the directory first", async () => {
  await bringForward();
  await api.fire("startBackups");
  await expect.poll(async () => (await reminders())[0]?.at ?? 0, { timeout: 20_000 }).toBeGreaterThan(Date.now());
  expect(await runs()).toEqual([]);
  await api.ask(admin, "PATCH", base, { body: { autoActivate: { mode: "all" } } });
  // As if nobody had read the tenant's users yet, which new credentials set about.
  await expect.poll(async () => (await get(`${base}/accounts`)).items.length, { timeout: 20_000 }).toBe(6);
  const rows = api.data.table("accounts");
  for await (const { rowKey } of rows.listEntities({ queryOptions: { filter: `PartitionKey eq '${organizationId}'` } }))
    await rows.deleteEntity(organizationId, String(rowKey));
  await bringForward();
  await Promise.all([api.fire("startBackups"), api.fire("startBackups"), api.fire("startBackups")]);
  await expect.poll(async () => (await runs()).length, { timeout: 20_000 }).toBe(1);
  const [run] = await runs();
  const done = await until(api, admin, `${base}/backups/${run?.id}`, ended);
  expect(done.status).toBe("Completed");
  expect(done.totals.messagesNew).toBeGreaterThan(0);
  expect(await runs()).toHaveLength(1);
  const [next] = await reminders();
  expect(next?.at).toBeGreaterThan(Date.now());
  expect((await get(base)).nextBackupAt).toBe(new Date(next?.at ?? 0).toISOString());
  await due().take({ at: next?.at ?? 0, organizationId });
  await api.fire("remindBackups");
  await expect.poll(reminders, { timeout: 20_000 }).toEqual([next]);
}, 120_000);

test("a directory that cannot be read makes the run Partial, says so, and keeps no known account from its backup", async () => {
  const rows = api.data.table("backups");
  const before = String(Date.now() - 3 * DAY);
  await rows.updateEntity(
    { partitionKey: "control", rowKey: organizationId, turn: { type: "Double", value: before } },
    "Merge",
  );
  simulator.setFaults([{ kind: "status", on: "users", status: 403, code: "Authorization_RequestDenied" }]);
  await bringForward();
  await api.fire("startBackups");
  await expect.poll(async () => (await runs()).length, { timeout: 20_000 }).toBe(2);
  const [run] = await runs();
  const done = await until(api, admin, `${base}/backups/${run?.id}`, ended);
  simulator.setFaults([]);
  expect(done.status).toBe("Partial");
  expect(done.totals.reasons).toContainEqual(
    expect.objectContaining({ code: "accounts.refresh_failed", count: 1, text: expect.stringContaining("users") }),
  );
  expect((await get(base)).health).toEqual({ state: "attention", reason: "accounts.refresh_failed" });
  const accounts = await get(`${base}/backups/${run?.id}/accounts?top=500`);
  expect(new Set(accounts.items.map(({ status }: { status: string }) => status))).toEqual(new Set(["Completed"]));
}, 120_000);

test("where all who were active have left the turn comes all the same, and finds who is back", async () => {
  await api.ask(admin, "PATCH", base, { body: { autoActivate: { mode: "off" } } });
  await api.ask(admin, "POST", `${base}/accounts/deactivate`, { body: { all: true } });
  const [leaver] = (await get(`${base}/accounts?search=adele`)).items;
  await api.ask(admin, "POST", `${base}/accounts/activate`, { body: { accountIds: [leaver.id] } });
  const leaverNow = () => get(`${base}/accounts/${leaver.id}`);
  const left = {
    left: () => api.ask(admin, "POST", `${base}/accounts/refresh`),
    // What a backup finds out, and nothing says for how long: Graph may be mistaken, too.
    gone: () => api.ask(admin, "POST", `${base}/backups`, { body: { accountIds: [leaver.id] } }),
  };
  for (const state of ["left", "gone"] as const) {
    simulator.mutate.setUserState(leaver.graphId, state);
    await left[state]();
    await expect.poll(async () => (await leaverNow()).status, { timeout: 20_000 }).toBe("LEFT");
    await expect.poll(async () => (await runs()).every(({ status }) => ended(status)), { timeout: 20_000 }).toBe(true);
    expect((await leaverNow()).readableUntil === undefined).toBe(state === "gone");
    expect((await get(base)).nextBackupAt).not.toBeNull();

    const turn = { type: "Double", value: String(Date.now() - 3 * DAY) } as const;
    await api.data.table("backups").updateEntity({ partitionKey: "control", rowKey: organizationId, turn }, "Merge");
    const count = (await runs()).length;
    simulator.mutate.setUserState(leaver.graphId, "live");
    await bringForward();
    await api.fire("startBackups");
    await expect.poll(async () => (await runs()).length, { timeout: 20_000 }).toBe(count + 1);
    await until(api, admin, `${base}/backups/${(await runs())[0]?.id}`, ended);
    expect((await leaverNow()).status).toBe("ACTIVE");
  }
}, 120_000);
