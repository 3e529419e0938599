import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import { archiveTables } from "../../../shared/storage/archive-tables.ts";
import { organizationBlobs } from "../../../shared/storage/organization-blobs.ts";
import { type Answer, startApi, type TestApi } from "../../support/api.ts";
import { connected, until } from "../../support/connected.ts";
import { simulated } from "../../support/settings.ts";
import { startTrusted } from "../../support/simulator.ts";

let simulator: Simulator;
let api: TestApi;

beforeAll(async () => {
  simulator = await startTrusted({ sizes: { accounts: 14, messages: 400, chats: 10 }, exportPageSize: 5 });
  api = await startApi(simulated(simulator));
}, 120_000);
afterAll(async () => {
  await api.stop();
  await simulator.stop();
});
beforeEach(() => simulator.setFaults([]));

const hasEnded = (status: string) => !["Queued", "Running"].includes(status);
const exported = () => simulator.stats().requests.export ?? 0;

/** A new organization, and what a person asks of it. */
async function organization() {
  const { organizationId, admin } = await connected(api, simulator);
  const base = `organizations/${organizationId}`;
  const get = async (path: string): Promise<Answer["body"]> => (await api.ask(admin, "GET", `${base}${path}`)).body;
  const post = async (path: string, body: object): Promise<Answer["body"]> =>
    (await api.ask(admin, "POST", `${base}${path}`, { body })).body;
  return {
    organizationId,
    get,
    post,
    backUp: async (): Promise<string> => (await post("/backups", { all: true })).id as string,
    ended: (runId: string) => until(api, admin, `${base}/backups/${runId}`, hasEnded),
    begun: (runId: string) => until(api, admin, `${base}/backups/${runId}`, (status) => status !== "Queued"),
    runs: async (): Promise<Answer["body"][]> => (await get("/backups")).items,
  };
}

/** A run that is under way, and whose answers take their time from then on. */
async function underWay({ backUp }: Awaited<ReturnType<typeof organization>>): Promise<string> {
  simulator.setFaults([{ kind: "slow", on: "export", delayMs: 400 }]);
  const before = exported();
  const runId = await backUp();
  await expect.poll(exported, { timeout: 60_000 }).toBeGreaterThan(before + 4);
  return runId;
}

test("however often asked one run waits, and after a kill while it waits it starts once, when the one before it has ended", async () => {
  const world = await organization();
  const first = await underWay(world);
  const asked = await Promise.all([1, 2, 3, 4, 5, 6].map(() => world.backUp()));
  expect(new Set(asked).size).toBe(1);
  const [queued = ""] = asked;
  const statuses = async () => (await world.runs()).map(({ id, status }) => [id, status]);
  expect(await statuses()).toEqual([
    [queued, "Queued"],
    [first, "Running"],
  ]);
  await api.crash();
  expect(await world.backUp()).toBe(queued);
  await Promise.all([api.fire("resumeBackups"), api.fire("resumeBackups")]);
  simulator.setFaults([]);
  await world.begun(queued);
  const before = (await world.runs()).find(({ id }) => id === first);
  expect(before).toMatchObject({ status: "Completed" });
  await api.crash();
  await Promise.all([api.fire("resumeBackups"), api.fire("resumeBackups")]);
  const after = await world.ended(queued);
  expect(after.status).toBe("Completed");
  expect(after.startedAt >= before.finishedAt).toBe(true);
  await api.fire("resumeBackups");
  expect(await statuses()).toEqual([
    [queued, "Completed"],
    [first, "Completed"],
  ]);
  const archive = archiveTables(api.data.table("archive"), organizationBlobs(api.data.blobs));
  const { items } = await world.get(`/backups/${queued}/accounts?top=500`);
  expect(items.length).toBeGreaterThan(8);
  for (const { accountId } of items as { accountId: string }[]) {
    const manifests = await Array.fromAsync(archive.manifests({ organizationId: world.organizationId, accountId }));
    expect(manifests.map(({ runId }) => runId)).toEqual([first, queued]);
  }
}, 240_000);

test("who is deactivated while a run is under way is left out from then on, and it is said", async () => {
  const world = await organization();
  const runId = await underWay(world);
  const listed = async (): Promise<Answer["body"][]> => (await world.get(`/backups/${runId}/accounts?top=500`)).items;
  const waiting = (await listed()).filter(({ status }) => status === "Queued").map(({ accountId }) => accountId);
  expect(waiting.length).toBeGreaterThan(1);
  const [left = ""] = waiting.slice(-1);
  await world.post("/accounts/deactivate", { accountIds: [left] });
  simulator.setFaults([]);
  const run = await world.ended(runId);
  expect(run).toMatchObject({ status: "Completed", totals: { failed: 0 } });
  const said = { code: "account.not_active", count: 1, text: expect.stringMatching(/\.$/) };
  for (const { accountId, status, totals } of await listed()) {
    expect(status).toBe("Completed");
    if (accountId === left)
      expect(totals).toMatchObject({ messagesSeen: 0, messagesNew: 0, skipped: 1, reasons: [said] });
  }
  const shown = await world.get(`/accounts/${left}`);
  expect(shown).toMatchObject({ status: "INACTIVE", messages: 0, lastBackup: { newMessages: 0, reasons: [said] } });
  // Somebody's decision: nothing is wrong with the organization, and the next run is whole without the account.
  expect((await world.get("")).health).toEqual({ state: "ready", reason: null });
  const without = await world.ended(await world.backUp());
  expect(without.status).toBe("Completed");
  expect((await world.get(`/backups/${without.id}/accounts?top=500`)).items).toHaveLength((await listed()).length - 1);
  await world.post("/accounts/activate", { accountIds: [left] });
  const again = await world.ended(await world.backUp());
  expect(again.status).toBe("Completed");
  const whole = (await world.get("/accounts?top=500")).items as { id: string; graphId: string; messages: number }[];
  const back = whole.find(({ id }) => id === left);
  const had = simulator.query.accounts().find(({ id }) => id === back?.graphId);
  expect(back?.messages).toBe(had?.messages);
}, 240_000);
