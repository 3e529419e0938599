import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestHost, temporaryFolder, type TestHost } from "../../support/host.ts";

let host: TestHost;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  // Delays, so that instances are replaced while a turn of theirs is waiting.
  const chaos = { repeat: 0, maxDelayMs: 40, reorder: false, seed: 1 };
  host = await startTestHost("host", { entry: "reuse-app.ts", stateDirectory: folder.path, chaos });
});

afterAll(async () => {
  await host.stop();
  await folder.remove();
});

const untilRunning = (id: string) => host.durable.until(id, ({ runtimeStatus }) => runtimeStatus === "Running");

test.each([
  ["completed", { n: 1 }],
  ["failed", { n: 1, how: "fail" }],
  ["terminated", { n: 1, how: "event" }],
])("a child whose id belonged to a %s instance runs anew", async (id, input) => {
  await host.durable.start("kid", id, input);
  if (id === "terminated") await host.durable.post(`instances/${id}/terminate`);
  await host.durable.ended(id);
  await host.durable.start("inTurn", `parent-${id}`, { id, kids: [{ n: 5 }, { n: 6 }] });
  expect((await host.durable.ended(`parent-${id}`)).output).toEqual([10, 12]);
});

test("a child that has failed runs anew by the same id", async () => {
  await host.durable.start("inTurn", "retry", { id: "retry-kid", kids: [{ n: 1, how: "fail" }, { n: 2 }] });
  expect((await host.durable.ended("retry")).output).toEqual([expect.stringContaining("the kid fails"), 4]);
});

test("what was meant for an earlier instance of an id does not reach the new one", async () => {
  const ids = Array.from({ length: 60 }, (_, n) => `heir-${n}`);
  const replace = async (id: string): Promise<unknown> => {
    await host.durable.start("kid", id, { n: 1, how: "event" });
    await untilRunning(id);
    await host.durable.raise(id, "go", "old");
    await host.durable.start("inTurn", `parent-${id}`, { id, kids: [{ n: 2, how: "event" }] });
    await host.durable.until(id, ({ input }) => (input as { n: number }).n === 2);
    await host.durable.raise(id, "go", "new");
    expect((await host.durable.ended(`parent-${id}`)).output).toEqual(["new"]);
    const { historyEvents = [] } = await host.durable.status(id, "?showHistory=true");
    return historyEvents.map(({ EventType }) => EventType);
  };
  const untouched = ["ExecutionStarted", "EventRaised", "ExecutionCompleted"];
  expect(await Promise.all(ids.map(replace))).toEqual(ids.map(() => untouched));
});

test("a child takes the id of a running instance over, and the parent of that one is told", async () => {
  await host.durable.start("inTurn", "loser", { id: "taken", kids: [{ n: 1, how: "event" }] });
  await expect.poll(async () => (await host.durable.get("instances/taken")).status).toBe(202);
  await host.durable.start("inTurn", "winner", { id: "taken", kids: [{ n: 3 }] });
  expect((await host.durable.ended("winner")).output).toEqual([6]);
  const told = "The running instance 'taken' was replaced by a child that was started with the same id.";
  expect((await host.durable.ended("loser")).output).toEqual([expect.stringContaining(told)]);
  expect(host.lines.join()).toContain(told);
});

test("of two children that are started at once by one id the first fails", async () => {
  await host.durable.start("atOnce", "twins");
  expect((await host.durable.ended("twins")).output).toEqual([expect.stringContaining("'twins-kid' was replaced"), 4]);
});

test.each([
  ["its own id", "own", "OWN", "must be different"],
  ["an entity's id", "entity", "@kid@1", "must not start with @"],
])("an instance that starts a child by %s fails", async (_, parent, id, reason) => {
  await host.durable.start("inTurn", parent, { id, kids: [{ n: 1 }] });
  expect(await host.durable.ended(parent)).toMatchObject({
    runtimeStatus: "Failed",
    name: "inTurn",
    output: expect.stringContaining(reason),
  });
});

test("a child that starts a child by its parent's id fails", async () => {
  await host.durable.start("upwards", "above");
  expect((await host.durable.ended("above")).output).toContain("must be different");
});
