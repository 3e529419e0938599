import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Azurite, startAzurite } from "../../../local/azurite.ts";
import type { FaultRule } from "../../../local/graph-simulator/faults.ts";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import type { MessageSource } from "../../../shared/backup/message-source.ts";
import type { StorageClients } from "../../../shared/storage/clients.ts";
import { NEVER, NONE, oneAccount } from "../../support/one-account.ts";
import { anchor, startTrusted } from "../../support/simulator.ts";
import { clientsOf } from "../../support/storage.ts";
import { simulatedSources } from "../graph/simulated-sources.ts";

let azurite: Azurite;
let clients: StorageClients;
let simulator: Simulator;

beforeAll(async () => {
  azurite = await startAzurite();
  clients = clientsOf(azurite);
  simulator = await startTrusted({ exportPageSize: 40, emptyPageShare: 1 });
});
afterEach(() => simulator.setFaults([]));
afterAll(async () => {
  await simulator.stop();
  await azurite.stop();
});

const HOUR = 3_600_000;
const keyOf = (raw: Record<string, unknown>) => `${String(raw["chatId"])} ${String(raw["id"])} ${String(raw["etag"])}`;
const nameOf = (raw: Record<string, unknown>) => `${String(raw["chatId"])} ${String(raw["id"])}`;
const busiest = () => simulator.query.accounts().reduce((a, b) => (b.messages > a.messages ? b : a)).id;
const held = () =>
  Array.from(simulator.query.messages(busiest(), {}), (text) => JSON.parse(text) as Record<string, unknown>);

/** The busiest account of the simulated tenant, backed up at an hour after its history. */
function account(came: () => void = () => undefined, mishaps = NONE) {
  const { messages } = simulatedSources(simulator);
  const pages: MessageSource["pages"] = async function* (_, __, ...rest) {
    for await (const page of messages.pages("o1", busiest(), ...rest)) {
      came();
      yield page;
    }
  };
  return oneAccount(clients, anchor + HOUR, mishaps, (deps) => ({ ...deps, messages: { pages } }));
}

test.each<[string, readonly FaultRule[]]>([
  ["leads in circles for a while", [{ kind: "nextLinkLoop", on: "export", skip: 2, count: 4 }]],
  ["breaks its links for a while", [{ kind: "nextLinkBroken", on: "export", skip: 1, count: 4 }]],
  ["hands out empty pages", [{ kind: "emptyPage", on: "export", probability: 0.5 }]],
  ["hands out rows of other times", [{ kind: "strayRows", on: "export", probability: 0.3 }]],
  [
    "does all of it",
    [
      { kind: "nextLinkLoop", on: "export", probability: 0.1, count: 6 },
      { kind: "nextLinkBroken", on: "export", probability: 0.1, count: 6 },
      { kind: "truncate", on: "export", probability: 0.1 },
      { kind: "emptyPage", on: "export", probability: 0.2 },
      { kind: "strayRows", on: "export", probability: 0.2 },
    ],
  ],
])("a run ends and brings everything once though Graph %s", async (_, faults) => {
  const one = account();
  simulator.setFaults(faults);
  expect(await one.run()).toMatchObject({ status: "Completed" });
  const kept = await one.versions();
  expect(kept.map(({ raw }) => keyOf(raw)).sort()).toEqual(held().map(keyOf).sort());
  const packs = await Array.fromAsync(one.archive.packs(one.of));
  expect(packs.reduce((sum, { versions }) => sum + versions, 0)).toBe(kept.length);
  expect(packs.reduce((sum, pack) => sum + pack.messages, 0)).toBe(new Set(kept.map(({ raw }) => nameOf(raw))).size);
  const byKey = new Map(held().map((raw) => [keyOf(raw), raw]));
  for (const { raw } of kept) expect(raw).toEqual(byKey.get(keyOf(raw)));
});

test.each<[string, number, readonly FaultRule[]]>([
  ["at the end of its time", 3, []],
  ["where Graph breaks off", NEVER, [{ kind: "status", status: 503, on: "export", skip: 12, count: 60 }]],
])(
  "a place whose link is too long to be kept is given up %s, and all of the window is brought once",
  async (_, pagesInTime, faults) => {
    let passed = 0;
    const one = account(() => (passed += 1_000), {
      ...NONE,
      skew: () => passed,
      deadline: (now) => now + pagesInTime * 1_000,
    });
    simulator.setFaults([...faults, { kind: "nextLinkLong", on: "export" }]);
    const { status, totals } = await one.run();
    expect(status).toBe("Completed");
    const keys = held().map(keyOf).sort();
    expect((await one.versions()).map(({ raw }) => keyOf(raw)).sort()).toEqual(keys);
    expect(totals).toMatchObject({
      messagesNew: keys.length,
      messagesSeen: keys.length + totals.messagesUnchanged,
      failed: 0,
    });
    const packs = await Array.fromAsync(one.archive.packs(one.of));
    expect(packs.reduce((sum, { versions }) => sum + versions, 0)).toBe(keys.length);
  },
);

test("fields and members that nobody knows are archived as they came", async () => {
  const strange = { oddKey: { "a.b": [null, 1e21, "\ud800"] }, __proto__x: { deep: [[]] }, messageType: "notYetNamed" };
  const raw = {
    chatId: "19:c@thread.v2",
    id: "1",
    etag: "1",
    ...strange,
    lastModifiedDateTime: "2026-02-01T00:00:00Z",
  };
  const pages: MessageSource["pages"] = async function* () {
    yield await Promise.resolve({ messages: [JSON.parse(JSON.stringify(raw)) as Record<string, unknown>] });
  };
  const one = oneAccount(clients, anchor, NONE, (deps) => ({ ...deps, messages: { pages } }));
  await one.run();
  const [version] = await one.versions();
  expect(JSON.stringify(version?.raw)).toBe(JSON.stringify(raw));
});
