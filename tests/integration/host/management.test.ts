import { afterAll, beforeAll, expect, test } from "vitest";
import type { InstanceStatus } from "../../support/durable-api.ts";
import { startTestHost, temporaryFolder, type TestHost } from "../../support/host.ts";

let host: TestHost;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  host = await startTestHost("conformance", { entry: "app.cjs", stateDirectory: folder.path });
});

afterAll(async () => {
  await host.stop();
  await folder.remove();
});

const isRunning = ({ runtimeStatus }: InstanceStatus): boolean => runtimeStatus === "Running";

/** Calls an operation of the durable client inside the app. */
const client = (operation: string, init?: RequestInit): Promise<Response> =>
  fetch(`${host.url}/api/ops/${operation}`, { method: "POST", ...init });

test("an id is taken until its instance has ended", async () => {
  await host.durable.start("forever", "single");
  const again = await host.durable.start("forever", "single");
  expect(again.status).toBe(409);
  await host.durable.post("instances/single/terminate?reason=enough");
  expect(await host.durable.ended("single")).toMatchObject({ runtimeStatus: "Terminated", output: "enough" });
  expect((await host.durable.start("hello", "single")).status).toBe(202);
  expect((await host.durable.ended("single")).output).toBe("hi");
});

test("a terminated parent leaves its child alone, and late results are dropped", async () => {
  await host.durable.start("parentWait", "left");
  await expect.poll(async () => (await host.durable.get("instances/left-kid")).status).toBe(202);
  await host.durable.post("instances/left/terminate");
  expect((await host.durable.ended("left")).output).toBeNull();
  expect((await host.durable.status("left-kid")).runtimeStatus).toBe("Running");
});

test("a suspended instance keeps its events for later", async () => {
  await host.durable.start("event2", "paused");
  await host.durable.until("paused", isRunning);
  expect((await host.durable.post("instances/paused/resume")).status).toBe(500);
  await host.durable.post("instances/paused/suspend?reason=hold");
  await host.durable.until("paused", ({ runtimeStatus }) => runtimeStatus === "Suspended");
  expect((await host.durable.post("instances/paused/suspend")).status).toBe(500);
  await host.durable.raise("paused", "go", 1);
  await host.durable.raise("paused", "go", 2);
  await expect
    .poll(async () => (await host.durable.status("paused", "?showHistory=true")).historyEvents)
    .toHaveLength(4);
  expect(await host.durable.status("paused")).toMatchObject({ runtimeStatus: "Suspended", output: "hold" });
  await host.durable.post("instances/paused/resume?reason=on");
  expect((await host.durable.ended("paused")).output).toEqual([1, 2]);
});

test("what is not there is 404, what has ended is 410", async () => {
  await host.durable.start("hello", "done");
  await host.durable.ended("done");
  for (const action of ["terminate", "suspend", "resume"]) {
    expect((await host.durable.post(`instances/nobody/${action}`)).status).toBe(404);
    expect((await host.durable.post(`instances/done/${action}`)).status).toBe(410);
  }
  expect((await host.durable.raise("nobody", "x", 1)).status).toBe(404);
  expect((await host.durable.raise("done", "x", 1)).status).toBe(410);
  expect((await host.durable.get("instances/nobody")).status).toBe(404);
});

test("only ended instances can be purged, one by one or by a filter", async () => {
  await host.durable.start("hello", "purge-1");
  await host.durable.start("forever", "purge-2");
  await host.durable.ended("purge-1");
  expect((await host.durable.remove("instances/purge-2")).status).toBe(412);
  expect(await (await host.durable.remove("instances/purge-1")).json()).toEqual({ instancesDeleted: 1 });
  expect((await host.durable.remove("instances/purge-1")).status).toBe(404);

  await host.durable.start("boom", "purge-3");
  await host.durable.ended("purge-3");
  expect((await host.durable.remove("instances/?runtimeStatus=Failed")).status).toBe(400);
  const failed = await host.durable.remove("instances/?createdTimeFrom=2020-01-01T00:00:00Z&runtimeStatus=Failed");
  expect(await failed.json()).toEqual({ instancesDeleted: 1 });
});

test("the list comes in pages, which the durable client follows", async () => {
  const ids = Array.from({ length: 130 }, (_, n) => `page-${String(n).padStart(3, "0")}`);
  await Promise.all(ids.map((id) => host.durable.start("hello", id)));
  const first = await host.durable.get("instances?instanceIdPrefix=page-&top=50");
  const token = first.headers.get("x-ms-continuation-token") ?? "";
  expect(Buffer.from(token, "base64").toString()).toBe("page-050");
  expect(((await first.json()) as InstanceStatus[]).map(({ instanceId }) => instanceId)).toEqual(ids.slice(0, 50));

  const all = (await (await client("list/all")).json()) as InstanceStatus[];
  expect(ids.every((id) => all.some(({ instanceId }) => instanceId === id))).toBe(true);
});

test("the durable client waits, raises, suspends and purges", async () => {
  await host.durable.start("event2", "by-client");
  expect((await client("raise/by-client?name=go", { body: "1" })).status).toBe(202);
  expect((await client("suspend/by-client")).status).toBe(202);
  await host.durable.until("by-client", ({ runtimeStatus }) => runtimeStatus === "Suspended");
  expect((await client("resume/by-client")).status).toBe(202);
  await host.durable.until("by-client", isRunning);
  expect((await client("raise/by-client?name=go", { body: '"two"' })).status).toBe(202);
  expect(await (await client("wait/by-client?t=5000")).json()).toEqual([1, "two"]);
  expect(await (await client("purge/by-client")).json()).toEqual({ instancesDeleted: 1 });
  expect(await (await client("rewind/by-client")).json()).toMatchObject({ message: expect.stringContaining("found") });
});

test("a restart runs the same input again", async () => {
  await host.durable.start("inputEcho", "again", { a: [1] });
  await host.durable.ended("again");
  const restarted = (await (await host.durable.post("instances/again/restart")).json()) as { id: string };
  expect(restarted.id).not.toBe("again");
  expect((await host.durable.ended(restarted.id)).output).toMatchObject({ i: { a: [1] } });
});
