import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import { type Answer, type Person, startApi, type TestApi, tenantSetUp } from "../../support/api.ts";
import { connected, until } from "../../support/connected.ts";
import { startTrusted } from "../../support/simulator.ts";
import { simulated } from "../../support/settings.ts";

let simulator: Simulator;
let api: TestApi;
let world: Awaited<ReturnType<typeof connected>>;
let base: string;

beforeAll(async () => {
  simulator = await startTrusted({ anchor: Date.now() - 3_600_000, sizes: { accounts: 6, messages: 900, chats: 6 } });
  api = await startApi(simulated(simulator));
  world = await connected(api, simulator, 3);
  base = `organizations/${world.organizationId}`;
}, 120_000);
afterAll(async () => {
  await api.stop();
  await simulator.stop();
});

const get = async (person: Person, path: string): Promise<Answer["body"]> => (await api.ask(person, "GET", path)).body;
const ended = (status: string) => !["Queued", "Running"].includes(status);
async function estimate(): Promise<Answer["body"]> {
  const { status, body } = await api.ask(world.admin, "POST", `${base}/billing/estimate`, { body: {} });
  expect(status).toBe(202);
  return until(api, world.admin, `operations/${body.id}`, ended);
}
let read = 0;

test("before the tenant is connected there is nothing to estimate by", async () => {
  const { organizationId, admin } = await tenantSetUp(api);
  const path = `organizations/${organizationId}/billing`;
  const refused = await api.ask(admin, "POST", `${path}/estimate`, { body: {} });
  expect(refused.body).toMatchObject({ status: 409, code: "credentials.not_connected" });
  expect(await get(admin, path)).toMatchObject({
    state: "ACTIVE",
    model: null,
    usage: {
      messages: 0,
      activeAccounts: 0,
      costs: [
        { model: "A", usd: 0 },
        { model: "B", usd: 0 },
      ],
    },
    estimate: null,
  });
});

test("an estimate reads a sample within its bounds, and says how it was made and how far off it may be", async () => {
  // Days are drawn: those of one draw may hold nothing.
  const draw = async (): Promise<Answer["body"]> => {
    simulator.resetStats();
    const { status, result } = await estimate();
    expect(status).toBe("Completed");
    const { requests, exportedMessages } = simulator.stats();
    expect([result.calls, result.messagesRead]).toEqual([requests.export, exportedMessages]);
    expect(requests.export).toBeLessThanOrEqual(160);
    return result.messagesRead > 0 ? result : draw();
  };
  const result = await draw();
  expect(result.messagesPerMonth).toBeGreaterThan(0);
  expect(result.low).toBeLessThanOrEqual(result.messagesPerMonth);
  read = result.messagesRead;
  const billing = await get(world.auditor, `${base}/billing`);
  expect(billing.estimate).toMatchObject({ messagesPerMonth: result.messagesPerMonth, calls: result.calls });
  expect(billing.estimate.method).toContain(`${result.sampledAccounts} of ${result.accounts} accounts`);
  expect(billing.usage.messages).toBe(read);
});

test("a month's usage is what Graph returned, for the organization and in the partner's list", async () => {
  const started = await api.ask(world.admin, "POST", `${base}/backups`, { body: { all: true } });
  const run = await until(api, world.admin, `${base}/backups/${started.body.id}`, ended);
  const { usage } = await get(world.admin, `${base}/billing`);
  expect(run.totals.messagesSeen).toBeGreaterThan(0);
  expect(usage).toMatchObject({ messages: run.totals.messagesSeen + read, activeAccounts: 3 });
  expect(usage.costs).toMatchObject([
    { model: "A", seededMessages: 4_800 },
    { model: "B", chargedMessages: usage.messages },
  ]);
  const { items, month } = await get(world.partnerAdmin, `partners/${world.partnerId}/usage`);
  expect([items.length, month]).toEqual([1, usage.month]);
  expect(items[0]).toMatchObject({ activatedAccounts: 3, messagesReturned: usage.messages });
  const accounts = await get(world.admin, `${base}/accounts?top=500`);
  const bytes = accounts.items.reduce((sum: number, one: { storedBytes: number }) => sum + one.storedBytes, 0);
  expect(items[0].storedBytes).toBe(bytes);
  const earlier = await get(world.partnerAdmin, `partners/${world.partnerId}/usage?month=2020-01`);
  expect(earlier).toMatchObject({ month: "2020-01", items: [{ messagesReturned: 0 }] });
});

test("the same as CSV, which no name turns into a formula", async () => {
  await api.ask(world.partnerAdmin, "PATCH", base, { body: { name: '=HYPERLINK("x"), "Ltd"' } });
  const asked = await api.ask(world.partnerAdmin, "GET", `partners/${world.partnerId}/usage`, {
    headers: { accept: "text/csv" },
  });
  expect(asked.headers.get("content-type")).toContain("text/csv");
  const rows: unknown = parse(asked.text, { bom: true, columns: true, record_delimiter: "\r\n" });
  const { items } = await get(world.partnerAdmin, `partners/${world.partnerId}/usage`);
  expect(rows).toEqual([
    {
      month: new Date().toISOString().slice(0, 7),
      organizationId: world.organizationId,
      name: `'=HYPERLINK("x"), "Ltd"`,
      activatedAccounts: "3",
      storedBytes: String(items[0].storedBytes),
      messagesReturned: String(items[0].messagesReturned),
    },
  ]);
});

test("who may see it, and what is no month", async () => {
  const usage = `partners/${world.partnerId}/usage`;
  const other = await tenantSetUp(api);
  expect((await api.ask(other.partnerAdmin, "GET", usage)).status).toBe(404);
  expect((await api.ask(world.admin, "GET", usage)).status).toBe(404);
  expect((await api.ask(other.admin, "GET", `${base}/billing`)).status).toBe(404);
  for (const what of ["retry", "estimate"])
    expect((await api.ask(world.auditor, "POST", `${base}/billing/${what}`, { body: {} })).status).toBe(403);
  for (const month of ["2026", "2026-13", "2026-1", "x"])
    expect((await api.ask(world.partnerAdmin, "GET", `${usage}?month=${month}`)).status).toBe(400);
});

test("an estimate that Graph wants payment for says so, and a retry finds out when it does not any more", async () => {
  const { organizationId, admin } = await connected(api, simulator, 1);
  const path = `organizations/${organizationId}`;
  const { items } = await get(admin, `${path}/accounts?status=ACTIVE`);
  await api.ask(admin, "POST", `${path}/accounts/deactivate`, { body: { accountIds: [items[0].id] } });
  simulator.setFaults([{ kind: "paymentRequired", on: "export" }]);
  const { body } = await api.ask(admin, "POST", `${path}/billing/estimate`, { body: {} });
  const refused = await until(api, admin, `operations/${body.id}`, ended);
  expect(refused).toMatchObject({ status: "Failed", error: { code: "billing.payment_required" } });
  expect((await get(admin, `${path}/billing`)).state).toBe("PAUSED");
  simulator.setFaults([]);
  const retry = await api.ask(admin, "POST", `${path}/billing/retry`, { body: {} });
  const done = await until(api, admin, `operations/${retry.body.id}`, ended);
  expect(done).toMatchObject({ status: "Completed", result: { resumed: false } });
  expect((await get(admin, `${path}/billing`)).state).toBe("ACTIVE");
});
