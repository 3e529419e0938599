import { afterAll, beforeAll, expect, test } from "vitest";
import { WINDOWS_IN_FLIGHT } from "../../../functions/orchestrators/run-lanes.ts";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import { newId } from "../../../shared/platform/new-id.ts";
import { dueTable } from "../../../shared/storage/due-table.ts";
import { runTables } from "../../../shared/storage/run-tables.ts";
import { type Answer, type Person, startApi, tenantSetUp, type TestApi } from "../../support/api.ts";
import { connected, until } from "../../support/connected.ts";
import { startTrusted } from "../../support/simulator.ts";
import { simulated } from "../../support/settings.ts";

const SAID = "Evaluation mode capacity has been exceeded, see https://aka.ms/teams-api-payment-requirements";
const WANTED = { kind: "paymentRequired", on: "export", message: SAID } as const;

let simulator: Simulator;
let api: TestApi;
let admin: Person;
let partnerAdmin: Person;
let organizationId: string;
let base: string;
let runId: string;

beforeAll(async () => {
  // Every window is one page: whatever is asked for twice shows.
  simulator = await startTrusted({ sizes: { accounts: 24, messages: 600, chats: 8 } });
  api = await startApi(simulated(simulator));
  ({ admin, partnerAdmin, organizationId } = await connected(api, simulator));
  base = `organizations/${organizationId}`;
}, 120_000);
afterAll(async () => {
  await api.stop();
  await simulator.stop();
});

const get = async (path: string): Promise<Answer["body"]> => (await api.ask(admin, "GET", path)).body;
const ended = (status: string) => !["Queued", "Running"].includes(status);
const run = () => get(`${base}/backups/${runId}`);
const due = () => dueTable(api.data.table("due"), "payment");
const calls = () => {
  const { answers } = simulator.stats();
  return { paid: answers["export 200"] ?? 0, refused: answers["export 402"] ?? 0 };
};
async function retry(): Promise<Answer["body"]> {
  const { status, body, headers } = await api.ask(admin, "POST", `${base}/billing/retry`, { body: {} });
  expect([status, headers.get("location")]).toEqual([202, `/api/operations/${body.id}`]);
  return until(api, admin, `operations/${body.id}`, ended);
}
/** The reminder of the next probe, brought forward. */
async function bringForward(): Promise<void> {
  for await (const one of due().due(Date.now() + 48 * 3_600_000, 10)) {
    if (one.organizationId !== organizationId) continue;
    await due().add({ at: Date.now() - 1, organizationId });
    await due().take(one);
  }
}
const reminders = () => Array.fromAsync(due().due(Date.now() + 48 * 3_600_000, 10));

/** Both timers, until what they would take up last is taken up: a reminder of nobody, and a run of an organization whose run nobody
 * began and that has nothing to ask Graph with. */
async function fireToItsEnd(): Promise<void> {
  await due().add({ at: Date.now() - 1, organizationId: newId(Date.now()) });
  await api.fire("probePayments");
  await expect.poll(async () => (await Array.fromAsync(due().due(Date.now(), 10))).length, { timeout: 20_000 }).toBe(0);
  const other = await tenantSetUp(api);
  const table = (name: string) => api.data.table(name);
  const tables = { runs: table("runs"), backups: table("backups"), runAccounts: table("runAccounts") };
  const { runId } = await runTables(tables, Date.now).request(other.organizationId, []);
  await api.fire("resumeBackups");
  await until(api, other.admin, `organizations/${other.organizationId}/backups/${runId}`, ended);
}

test("nothing waits for payment at first", async () => {
  const nothing = { state: "ACTIVE", reason: null, message: null, since: null, nextProbeAt: null, setup: [] };
  expect(await get(`${base}/billing`)).toMatchObject(nothing);
  const refused = await api.ask(admin, "POST", `${base}/billing/retry`, { body: {} });
  expect(refused.body).toMatchObject({ status: 409, code: "billing.nothing_to_retry" });
});

test("the first 402 stops every lane, and the pause says what Graph said and what is to be done", async () => {
  simulator.resetStats();
  simulator.setFaults([{ ...WANTED, skip: 20 }]);
  runId = (await api.ask(admin, "POST", `${base}/backups`, { body: { all: true } })).body.id;
  await until(api, admin, `${base}/backups/${runId}`, (status) => status === "Paused");
  expect(calls().paid).toBe(20);
  // Those that were on their way when the first was refused: one of each window in flight.
  expect(calls().refused).toBeGreaterThan(0);
  expect(calls().refused).toBeLessThanOrEqual(WINDOWS_IN_FLIGHT);
  expect(await run()).toMatchObject({ status: "Paused", finishedAt: null });
  expect((await run()).totals.reasons.map(({ code }: { code: string }) => code)).toContain("billing.payment_required");
  const billing = await get(`${base}/billing`);
  expect(billing).toMatchObject({ state: "PAUSED", reason: "billing.payment_required", lastProbeAt: null });
  expect(billing.message).toContain(SAID);
  expect(billing.setup.length).toBeGreaterThan(2);
  expect(Date.parse(billing.nextProbeAt) - Date.parse(billing.since)).toBe(24 * 3_600_000);
  expect((await get(base)).health).toEqual({ state: "paused", reason: "billing.payment_required" });
  const { items } = await get(`${base}/accounts?status=PAUSED&top=500`);
  expect(items.length).toBeGreaterThan(20);
  expect((await get(`${base}/accounts/${items[0].id}`)).status).toBe("PAUSED");
  expect((await get(`${base}/accounts?status=ACTIVE`)).items).toEqual([]);
  const list = await get(`${base}/backups/${runId}/accounts?top=500`);
  expect(new Set(list.items.map(({ status }: { status: string }) => status))).toEqual(new Set(["Paused"]));
  expect(api.lines.filter((line) => line.includes('"event":"billing.payment_required"'))).toHaveLength(1);
});

test("the pause outlives the host, and nothing asks Graph by itself before a day is over", async () => {
  const before = calls();
  await api.crash();
  await fireToItsEnd();
  const more = await api.ask(admin, "GET", `${base}/backups`);
  expect(more.body.items.map(({ status }: { status: string }) => status)).toEqual(["Paused"]);
  expect(calls()).toEqual(before);
});

test("a probe is one call, says that payment is still wanted, and changes nothing else", async () => {
  const before = calls();
  expect(await retry()).toMatchObject({ status: "Failed", error: { code: "billing.payment_required" } });
  expect(calls()).toEqual({ paid: before.paid, refused: before.refused + 1 });
  expect((await run()).status).toBe("Paused");
  const { lastProbeAt, since } = await get(`${base}/billing`);
  expect(Date.parse(lastProbeAt)).toBeGreaterThan(Date.parse(since));
});

test("two hosts whose timers fire at once probe once, and the next probe is a day later", async () => {
  const before = calls();
  await bringForward();
  await Promise.all([api.fire("probePayments"), api.fire("probePayments"), api.fire("probePayments")]);
  await expect.poll(() => calls().refused, { timeout: 20_000 }).toBe(before.refused + 1);
  await expect.poll(async () => (await reminders()).length, { timeout: 20_000 }).toBe(1);
  const [next] = await reminders();
  expect(next?.at).toBeGreaterThan(Date.now() + 23 * 3_600_000);
  expect((await get(`${base}/billing`)).nextProbeAt).toBe(new Date(next?.at ?? 0).toISOString());
  expect(calls().refused).toBe(before.refused + 1);
});

test("what is switched off meanwhile is not asked for, and does not go on", async () => {
  simulator.setFaults([]);
  const path = `${base}/features/private-chat`;
  await api.ask(partnerAdmin, "PUT", path, { body: { enabled: false } });
  const before = calls();
  expect(await retry()).toMatchObject({ status: "Failed", error: { code: "feature.disabled" } });
  expect(calls()).toEqual(before);
  expect((await run()).status).toBe("Paused");
  expect((await get(base)).health.state).toBe("off");
  await api.ask(partnerAdmin, "PUT", path, { body: { enabled: true } });
});

test("once a probe passes the run goes on from where it stopped, through a host that dies, and ends", async () => {
  await bringForward();
  await api.fire("probePayments");
  await expect.poll(async () => (await get(`${base}/billing`)).state, { timeout: 20_000 }).toBe("ACTIVE");
  await expect.poll(async () => (await run()).status, { timeout: 20_000 }).toBe("Running");
  await api.fire("resumeBackups");
  await expect.poll(() => calls().paid, { timeout: 20_000 }).toBeGreaterThan(25);
  await api.crash();
  await api.fire("resumeBackups");
  const done = await until(api, admin, `${base}/backups/${runId}`, ended);
  expect(done).toMatchObject({ id: runId, status: "Completed", totals: { failed: 0 } });
  expect(done.finishedAt).not.toBeNull();
  expect((await get(base)).health).toEqual({ state: "ready", reason: null });
  expect((await get(`${base}/accounts?status=PAUSED`)).items).toEqual([]);
  await bringForward();
  await api.fire("probePayments");
  await expect.poll(reminders, { timeout: 20_000 }).toEqual([]);
}, 120_000);

test("nothing was fetched twice but what the killed host had in its hands", async () => {
  const interrupted = calls().paid;
  const other = await connected(api, simulator);
  simulator.resetStats();
  const path = `organizations/${other.organizationId}/backups`;
  const { body } = await api.ask(other.admin, "POST", path, { body: { all: true } });
  const whole = await until(api, other.admin, `${path}/${body.id}`, ended);
  expect((await run()).totals.messagesNew).toBe(whole.totals.messagesNew);
  expect(interrupted - 1).toBeLessThanOrEqual(calls().paid + WINDOWS_IN_FLIGHT);
  const { items } = await get(`${base}/accounts?top=500&status=ACTIVE`);
  for (const { lastBackup } of items) expect(lastBackup.status).toBe("Completed");
}, 120_000);

test("backing up now asks Graph again, and what was paused goes first", async () => {
  simulator.setFaults([WANTED]);
  const first = await api.ask(admin, "POST", `${base}/backups`, { body: { all: true } });
  await until(api, admin, `${base}/backups/${first.body.id}`, (status) => status === "Paused");
  const second = await api.ask(admin, "POST", `${base}/backups`, { body: { all: true } });
  expect(second.body.status).toBe("Queued");
  await expect.poll(async () => (await get(`${base}/billing`)).lastProbeAt, { timeout: 20_000 }).not.toBeNull();
  expect((await get(`${base}/backups/${second.body.id}`)).status).toBe("Queued");
  simulator.setFaults([]);
  expect(await retry()).toMatchObject({ status: "Completed", result: { resumed: true } });
  await api.fire("resumeBackups");
  const done = await until(api, admin, `${base}/backups/${second.body.id}`, ended);
  expect(done).toMatchObject({ status: "Completed" });
  expect((await get(`${base}/backups/${first.body.id}`)).status).toBe("Completed");
}, 120_000);
