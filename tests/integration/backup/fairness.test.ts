import { afterAll, beforeAll, expect, test } from "vitest";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import { type Answer, type Person, startApi, type TestApi } from "../../support/api.ts";
import { connected } from "../../support/connected.ts";
import { startTrusted } from "../../support/simulator.ts";
import { simulated } from "../../support/settings.ts";

let simulator: Simulator;
let api: TestApi;

beforeAll(async () => {
  simulator = await startTrusted({ sizes: { accounts: 60, messages: 60_000, chats: 60 }, exportPageSize: 20 });
  api = await startApi({
    ...simulated(simulator),
    // What all organizations of the app share: the large one alone would need many minutes.
    EXPORT_REQUESTS_PER_SECOND: "40",
    EXPORT_REQUESTS_PER_SECOND_APP: "40",
  });
}, 120_000);
afterAll(async () => {
  await api.stop();
  await simulator.stop();
});

/** Starts a run; answers how to look at it. */
async function backUp(admin: Person, organizationId: string, body: object): Promise<() => Promise<Answer["body"]>> {
  const started = await api.ask(admin, "POST", `organizations/${organizationId}/backups`, { body });
  const path = `organizations/${organizationId}/backups/${started.body.id}`;
  return async () => (await api.ask(admin, "GET", path)).body;
}

test("a large organization leaves a small one its turn: that one ends while the large one is at its beginning", async () => {
  const exported = () => simulator.stats().requests.export ?? 0;
  const [large, small] = [await connected(api, simulator), await connected(api, simulator)];
  const largeRun = await backUp(large.admin, large.organizationId, { all: true });
  await expect.poll(exported, { timeout: 60_000 }).toBeGreaterThan(60);
  const [quiet] = simulator.query
    .accounts()
    .filter(({ messages }) => messages > 0)
    .sort((a, b) => a.messages - b.messages);
  const { body } = await api.ask(small.admin, "GET", `organizations/${small.organizationId}/accounts?top=500`);
  const account = (body.items as { id: string; graphId: string }[]).find(({ graphId }) => graphId === quiet?.id);
  // From now on what the large one has in flight keeps its places for as long as an activity may.
  simulator.setFaults([
    { kind: "slow", on: "export", pathIncludes: quiet?.id ?? "", delayMs: 0 },
    { kind: "slow", on: "export", delayMs: 4_000 },
  ]);
  const before = exported();
  const smallRun = await backUp(small.admin, small.organizationId, { accountIds: [account?.id] });
  const ended = async () => !["Queued", "Running"].includes((await smallRun()).status);
  await expect.poll(ended, { timeout: 110_000, interval: 500 }).toBe(true);
  // It needs some thirty pages. Were it to wait for activities of the large one, those would read hundreds first.
  expect(exported() - before).toBeLessThan(180);
  const done = await smallRun();
  expect(done.totals.messagesNew).toBe(quiet?.messages);
  expect((await largeRun()).status).toBe("Running");
}, 240_000);
