import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Azurite, startAzurite } from "../../../local/azurite.ts";
import type { FaultRule } from "../../../local/graph-simulator/faults.ts";
import type { PathKind } from "../../../local/graph-simulator/path-kind.ts";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import { startApi, type TestApi } from "../../support/api.ts";
import { type BackedUp, backedUp } from "../../support/backed-up.ts";
import { temporaryFolder } from "../../support/host.ts";
import { startTrusted } from "../../support/simulator.ts";
import { simulated } from "../../support/settings.ts";

let simulator: Simulator;
let api: TestApi;
let azurite: Azurite;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  azurite = await startAzurite({ location: folder.path });
  // Few pictures for each chat, because Graph gives one a second; small pages, so that faults hit in the middle.
  simulator = await startTrusted({ sizes: { accounts: 4, messages: 60, chats: 12 }, exportPageSize: 6 });
  for (const [n, { contentUrl, name, id }] of simulator.data.files.slice(0, 4).entries()) {
    const chat = simulator.data.books[n % 3]?.plan.id ?? "";
    const attachment = {
      id,
      contentType: "reference",
      contentUrl,
      content: null,
      name,
      thumbnailUrl: null,
      teamsAppId: null,
    };
    simulator.mutate.addMessage(chat, { attachments: [attachment] });
  }
  api = await startApi(simulated(simulator), Promise.resolve(azurite));
  const contents = simulator.data.directory.accounts.flatMap(({ id }) => [...simulator.query.contents(id, {})]);
  expect(new Set(contents.filter(({ available }) => available).map(({ kind }) => kind))).toEqual(
    new Set(["hosted", "file"]),
  );
}, 240_000);
afterAll(async () => {
  await api.stop();
  await azurite.stop();
  await simulator.stop();
  await folder.remove();
});

let organization: BackedUp;
beforeEach(async () => {
  simulator.setFaults([]);
  organization = await backedUp(api, simulator);
  const versions = [...organization.held()].map(([graphId, held]) => [graphId, held.size]);
  expect(versions).toHaveLength(4);
  expect(versions.filter(([, size]) => size === 0)).toEqual([]);
});

const GRAPH: PathKind[] = ["export", "chats", "members", "hostedValue", "shareItem", "shareContent"];
const often = { on: GRAPH, probability: 0.2 } as const;
const soon = () => new Date(Date.now() + 3_000).toUTCString();

/** `whole`: what the archive has is what the tenant has, and the counts say so. */
async function expectWhole(
  run: { status: string; totals: Record<string, number> },
  before?: Parameters<BackedUp["differences"]>[0],
) {
  expect(run, JSON.stringify(run.totals)).toMatchObject({ status: "Completed", totals: { failed: 0 } });
  expect(await organization.differences(before)).toEqual([]);
  const { messagesSeen: seen = 0, messagesNew = 0, messagesUnchanged = 0, messagesFailed = 0 } = run.totals;
  expect(seen).toBe(messagesNew + messagesUnchanged + messagesFailed);
}

/** Until the run that is under way has asked Graph for so many pages of messages more. */
async function untilAsked(pages: number): Promise<void> {
  const asked = () => simulator.stats().requests.export ?? 0;
  const before = asked();
  await expect.poll(asked, { timeout: 20_000, interval: 5 }).toBeGreaterThanOrEqual(before + pages);
}

/** Changes a few messages between two runs. */
function change(): void {
  const [first, second, third] = [...simulator.query.messages(simulator.data.directory.accounts[0]?.id ?? "", {})]
    .map((line) => JSON.parse(line) as { id: string; chatId: string; deletedDateTime: string | null })
    .filter(({ deletedDateTime }) => deletedDateTime === null);
  if (!first || !second || !third) throw new Error("too few messages");
  const key = ({ id, chatId }: typeof first) => ({ chatId, messageId: id });
  simulator.mutate.editMessage(key(first), { body: { contentType: "text", content: "changed" } });
  simulator.mutate.deleteMessage(key(second));
  simulator.mutate.reactToMessage(key(third), "like");
  simulator.mutate.addMessage(first.chatId);
}

/** One run under faults, then edits and a deletion, then another run under the same: neither loses or doubles anything. */
async function expectWholeTwice(disturb: () => void): Promise<void> {
  disturb();
  const first = await organization.ended(await organization.begin());
  await expectWhole(first);
  await expectWholeAfterChanges(first.totals.messagesNew, disturb);
}

async function expectWholeAfterChanges(packed: number, disturb: () => void = () => undefined): Promise<void> {
  const before = organization.held();
  change();
  await delay(20);
  disturb();
  const run = await organization.ended(await organization.begin());
  await expectWhole(run, before);
  expect(run.totals.messagesNew).toBeGreaterThan(2);
  expect(await organization.packed()).toBe(packed + run.totals.messagesNew);
}

/** Together, by family: what a case costs is its runs. */
const count = 3;
test.each<[string, () => FaultRule[]]>([
  [
    "429 with Retry-After in seconds, as an HTTP date, and without it",
    () => [
      { kind: "throttle", ...often, retryAfter: "1", count },
      { kind: "throttle", ...often, retryAfter: soon(), count },
      { kind: "throttle", ...often, retryAfter: null, count },
    ],
  ],
  [
    "500, 502 with HTML, 503, and 503 with Retry-After",
    () => [
      { kind: "status", status: 500, ...often, count },
      { kind: "html", ...often, count },
      { kind: "status", status: 503, ...often, count },
      { kind: "status", status: 503, ...often, retryAfter: "1", count },
    ],
  ],
  [
    "connections that break before an answer or in the middle of one, and truncated JSON and bytes",
    () =>
      (["reset", "disconnect", "truncate"] as const).map((kind) => ({
        ...{ kind, ...often, on: [...GRAPH, "download"], count },
      })),
  ],
  [
    "404 without a body",
    () => [{ kind: "emptyNotFound", on: ["export", "chats", "members"], probability: 0.2, count }],
  ],
])(
  "through %s two runs archive exactly what the tenant holds, edits and deletions between them too",
  async (_, faults) => {
    const served: number[] = [];
    await expectWholeTwice(() => {
      served.push(simulator.stats().faults);
      simulator.setFaults(faults());
    });
    served.push(simulator.stats().faults);
    const [before = 0, between = 0, after = 0] = served;
    const each = faults().length * count;
    expect([between - before, after - between]).toEqual([each, each]);
  },
  240_000,
);

test("tokens that expire in the middle of a run cost nothing but new ones", async () => {
  const refused = () =>
    Object.entries(simulator.stats().answers)
      .filter(([answer]) => answer.endsWith(" 401"))
      .reduce((sum, [, times]) => sum + times, 0);
  const before = refused();
  const expiry = setInterval(() => simulator.invalidateTokens(), 1_000);
  await expectWholeTwice(() => undefined).finally(() => clearInterval(expiry));
  expect(refused()).toBeGreaterThan(before);
}, 240_000);

test("402 in the middle of a run sets it aside, and once it passes the same run brings the rest", async () => {
  simulator.setFaults([{ kind: "paymentRequired", on: "export", skip: 12 }]);
  const runId = await organization.begin();
  const paused = await organization.ended(runId);
  expect(paused.status).toBe("Paused");
  expect(paused.totals.messagesNew).toBeGreaterThan(0);
  simulator.setFaults([]);
  // Whoever asks for another one has Graph asked again.
  const next = await organization.begin();
  await expect.poll(() => organization.status(runId), { timeout: 20_000 }).not.toBe("Paused");
  await api.fire("resumeBackups");
  const resumed = await organization.ended(runId);
  expect(resumed.totals.messagesNew).toBeGreaterThan(paused.totals.messagesNew);
  await expectWhole(resumed);
  await organization.ended(next);
  await expectWholeAfterChanges(resumed.totals.messagesNew);
}, 240_000);

test.each<[string, PathKind[]]>([
  ["pictures and files", ["hostedValue", "shareItem"]],
  ["lists of chats", ["chats"]],
])(
  "402 for %s is an outcome of these alone: messages come, and no run waits for payment",
  async (_, on) => {
    simulator.setFaults([{ kind: "paymentRequired", on }]);
    for (let run = 0; run < 2; run++) {
      if (run > 0) change();
      const ended = await organization.ended(await organization.begin());
      expect(ended.totals.messagesNew).toBeGreaterThan(2);
      if (run > 0) continue;
      expect(ended.status).toBe("Partial");
      expect(ended.totals.reasons.map(({ code }: { code: string }) => code)).toContain("graph.refused");
    }
    const { body } = await api.ask(organization.admin, "GET", `${organization.base}/billing`);
    expect(body).toMatchObject({ state: "ACTIVE" });
  },
  120_000,
);

test.each([1])(
  "a host that is killed at random points loses and doubles nothing (seed %i)",
  async (seed) => {
    let state = seed;
    const random = () => (state = (Math.imul(state, 48_271) + 11) % 2_147_483_647) / 2_147_483_647;
    let before: ReturnType<BackedUp["held"]> | undefined;
    let messagesNew = 0;
    for (let round = 0; round < 2; round++) {
      const runId = await organization.begin();
      for (let kills = 0; kills < 2; kills++) {
        await untilAsked(1 + Math.floor(Math.abs(random()) * 20));
        expect(await organization.status(runId)).toBe("Running");
        await api.crash();
      }
      const run = await organization.ended(runId);
      await expectWhole(run, before);
      expect(await organization.packed()).toBe((messagesNew += run.totals.messagesNew));
      before = organization.held();
      change();
      await delay(20);
    }
  },
  240_000,
);

test("storage that goes away in the middle of a run and comes back is waited for", async () => {
  const runId = await organization.begin();
  await untilAsked(12);
  expect(await organization.status(runId)).toBe("Running");
  const port = (url: string) => Number(new URL(url).port);
  const ports = { blob: port(azurite.blobUrl), queue: port(azurite.queueUrl), table: port(azurite.tableUrl) };
  await azurite.stop();
  azurite = await startAzurite({ location: folder.path, ports });
  const run = await organization.ended(runId);
  await expectWhole(run);
  await expectWholeAfterChanges(run.totals.messagesNew);
}, 240_000);
