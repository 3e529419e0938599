import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import { NO_COUNTS } from "../../../shared/archive/archive-store.ts";
import { backupInstance, WINDOWS_PER_GENERATION } from "../../../shared/backup/backup.contract.ts";
import { archiveTables } from "../../../shared/storage/archive-tables.ts";
import { organizationBlobs } from "../../../shared/storage/organization-blobs.ts";
import { startApi, type TestApi } from "../../support/api.ts";
import { type BackedUp, backedUp } from "../../support/backed-up.ts";
import { durableApi } from "../../support/durable-api.ts";
import { anchor, startTrusted } from "../../support/simulator.ts";
import { simulated } from "../../support/settings.ts";

const DAY = 86_400_000;
const WINDOWS = 3 * WINDOWS_PER_GENERATION;
/** So many windows are asked for in the first generation and the half of the second. */
const IN_SECOND = 1.5 * WINDOWS_PER_GENERATION;

let simulator: Simulator;
let granted: Simulator["app"]["roles"];
let api: TestApi;
let organization: BackedUp;
let accountId: string;

beforeAll(async () => {
  simulator = await startTrusted({ sizes: { accounts: 1, messages: 150, chats: 8 } });
  granted = simulator.app.roles;
  api = await startApi(simulated(simulator));
});
afterAll(async () => {
  await api.stop();
  await simulator.stop();
});

/** An organization of one account, which has three generations of windows, each of one page. */
beforeEach(async () => {
  simulator.setFaults([]);
  organization = await backedUp(api, simulator);
  const { body } = await ask("GET", "accounts?top=500&status=ACTIVE");
  expect(body.items).toHaveLength(1);
  accountId = body.items[0].id;
  const archive = archiveTables(api.data.table("archive"), organizationBlobs(api.data.blobs));
  const windows = Array.from({ length: WINDOWS }, (_, n) => {
    const to = anchor - (n + 1) * DAY;
    return { from: to - DAY, to, state: "pending", runId: "earlier", ...NO_COUNTS } as const;
  });
  await archive.commit({ organizationId: organization.organizationId, accountId }, [], windows);
  simulator.resetStats();
});

const ask = (method: string, path: string, body?: object) =>
  api.ask(organization.admin, method, `${organization.base}/${path}`, body === undefined ? {} : { body });

const instance = (runId: string) =>
  durableApi(api.url).status(`${backupInstance(runId)}:${accountId}`, "?showHistory=true");
const later = { before: { codes: [], failed: [] } };
const pagesOf = (status: number) => simulator.stats().answers[`export ${status}`] ?? 0;
const untilAsked = (pages: number) =>
  expect.poll(() => pagesOf(200), { timeout: 30_000, interval: 2 }).toBeGreaterThanOrEqual(pages);

/** Of what Graph has, each version once: none was lost, kept twice, or handed out for nothing. */
async function expectWhole(...runs: readonly { totals: Record<string, number> }[]): Promise<void> {
  expect(await organization.differences()).toEqual([]);
  const sum = (name: string) => runs.reduce((all, { totals }) => all + (totals[name] ?? 0), 0);
  const [held] = [...organization.held().values()];
  expect([sum("messagesSeen"), sum("messagesNew"), sum("messagesUnchanged")]).toEqual([held?.size, held?.size, 0]);
  expect(await organization.packed()).toBe(held?.size);
}

/** A run that did not come to its end, in its second generation: what it counts is what is kept. */
async function expectBrokenOff(run: { id: string; status: string; totals: Record<string, number> }): Promise<void> {
  const { input, runtimeStatus, historyEvents = [] } = await instance(run.id);
  expect({ input, runtimeStatus }).toMatchObject({ input: later, runtimeStatus: "Completed" });
  expect(historyEvents.length).toBeLessThan(6 * WINDOWS_PER_GENERATION);
  expect(run.totals["messagesNew"]).toBeGreaterThan(0);
  expect(run.totals).toMatchObject({ messagesSeen: run.totals["messagesNew"] });
  expect(await organization.packed()).toBe(run.totals["messagesNew"]);
}

async function paidFor(runId: string): Promise<void> {
  simulator.setFaults([]);
  await ask("POST", "billing/retry", {});
  await expect.poll(() => organization.status(runId), { timeout: 20_000 }).not.toBe("Paused");
  await api.fire("resumeBackups");
}

test.each([
  ["in the middle of the second generation", IN_SECOND],
  ["between the first generation and the second", WINDOWS_PER_GENERATION],
  ["in the third", 2.2 * WINDOWS_PER_GENERATION],
])("402 %s sets the run aside, and once it passes the same run brings the rest", async (_, skip) => {
  simulator.setFaults([{ kind: "paymentRequired", on: "export", skip: Math.ceil(skip) }]);
  const runId = await organization.begin();
  const paused = await organization.ended(runId);
  expect(paused).toMatchObject({ status: "Paused", finishedAt: null });
  await expectBrokenOff(paused);
  expect(pagesOf(402)).toBeLessThanOrEqual(4);
  await paidFor(runId);
  const run = await organization.ended(runId);
  expect(run).toMatchObject({ status: "Completed", totals: { failed: 0 } });
  await expectWhole(run);
});

test("a host that is killed while a run comes to rest for a 402 in its second generation sets it aside all the same", async () => {
  simulator.setFaults([{ kind: "paymentRequired", on: "export", skip: IN_SECOND }]);
  const runId = await organization.begin();
  await expect.poll(() => pagesOf(402), { timeout: 30_000, interval: 2 }).toBeGreaterThan(0);
  await api.crash();
  const paused = await organization.ended(runId);
  expect(paused).toMatchObject({ status: "Paused" });
  await expectBrokenOff(paused);
  await paidFor(runId);
  await untilAsked(2 * WINDOWS_PER_GENERATION);
  await api.crash();
  const run = await organization.ended(runId);
  expect(run).toMatchObject({ status: "Completed", totals: { failed: 0 } });
  await expectWhole(run);
});

function assignRoles(roles: Simulator["app"]["roles"]): void {
  Object.assign(simulator.app, { roles });
  simulator.invalidateTokens();
}
const switchFeature = (enabled: boolean) =>
  api.ask(organization.partnerAdmin, "PUT", `${organization.base}/features/private-chat`, { body: { enabled } });
const activation = (to: "activate" | "deactivate") => ask("POST", `accounts/${to}`, { accountIds: [accountId] });

test.each<[string, string, string, { readonly end: () => unknown; readonly mend: () => unknown }]>([
  [
    "consent that is revoked",
    "Failed",
    "graph.consent_missing",
    { end: () => assignRoles([]), mend: () => assignRoles(granted) },
  ],
  [
    "an admin who switches the feature off",
    "Failed",
    "feature.disabled",
    { end: () => switchFeature(false), mend: () => switchFeature(true) },
  ],
  [
    "an admin who deactivates the account",
    "Completed",
    "account.not_active",
    { end: () => activation("deactivate"), mend: () => activation("activate") },
  ],
])(
  "%s ends the run in its second generation, and the next one brings the rest",
  async (_, status, code, stop) => {
    simulator.setFaults([{ kind: "slow", on: "export", delayMs: 25 }]);
    const runId = await organization.begin();
    await untilAsked(IN_SECOND);
    // Longer than a switch that is turned off may still be taken for on.
    simulator.setFaults([{ kind: "slow", on: "export", delayMs: 6_000 }]);
    await stop.end();
    const first = await organization.ended(runId).finally(stop.mend);
    expect(first).toMatchObject({ status });
    expect(first.totals.reasons.map((one: { code: string }) => one.code)).toContain(code);
    await expectBrokenOff(first);
    expect(pagesOf(200)).toBeLessThan(2 * WINDOWS_PER_GENERATION);
    simulator.setFaults([]);
    const second = await organization.ended(await organization.begin());
    expect(second).toMatchObject({ status: "Completed", totals: { failed: 0 } });
    await expectWhole(first, second);
  },
  120_000,
);

test("a host that is killed again and again between and within later generations loses and doubles nothing", async () => {
  const runId = await organization.begin();
  const at = [WINDOWS_PER_GENERATION, IN_SECOND, 2 * WINDOWS_PER_GENERATION, 2 * WINDOWS_PER_GENERATION + 8];
  for (const [kills, pages] of at.entries()) {
    // What was asked for when the host died is asked for again.
    await untilAsked(pages + kills);
    expect(await organization.status(runId)).toBe("Running");
    await api.crash();
  }
  const run = await organization.ended(runId);
  expect(run).toMatchObject({ status: "Completed", totals: { failed: 0 } });
  expect((await instance(runId)).input).toMatchObject(later);
  await expectWhole(run);
}, 120_000);
