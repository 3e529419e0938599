import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { QueueServiceClient } from "@azure/storage-queue";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Store } from "../../../local/host/durable/store.ts";
import { type Azurite, startAzurite } from "../../../local/azurite.ts";
import { startTestHost, temporaryFolder, type TestHost } from "../../support/host.ts";

interface Line {
  readonly on: string;
  readonly id?: string;
  readonly message?: unknown;
  readonly attempt?: number;
  readonly timer?: { readonly isPastDue: boolean; readonly scheduleStatus: { readonly next: string } | null };
}

let azurite: Azurite;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let host: TestHost;

beforeAll(async () => {
  azurite = await startAzurite();
  folder = await temporaryFolder();
  host = await start();
});
afterAll(async () => {
  await host.stop();
  await azurite.stop();
  await folder.remove();
});

const journal = (): string => join(folder.path, "journal");

const start = (): Promise<TestHost> =>
  startTestHost("host", {
    entry: "triggers-app.ts",
    stateDirectory: folder.path,
    queueConnection: azurite.connectionString,
    env: { ...process.env, JOURNAL: journal(), WORK_QUEUE: "work" },
  });

/** @param id of the work, when only the lines of one are of interest */
async function lines(on: string, id?: string): Promise<Line[]> {
  const text = await readFile(journal(), "utf8").catch(() => "");
  const all = text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
  const idOf = (line: Line): unknown => line.id ?? (line.message as { id?: string } | undefined)?.id;
  return all.filter((line) => line.on === on && (id === undefined || idOf(line) === id));
}

const enqueue = (value: unknown): Promise<Response> =>
  fetch(`${host.url}/api/enqueue`, { method: "POST", body: JSON.stringify(value) });

test("an output of a list becomes a message an item, and each reaches the function", async () => {
  expect((await enqueue([{ id: "a" }, { id: "b" }])).status).toBe(202);
  await expect
    .poll(async () => (await lines("work-done")).map(({ id }) => id).sort(), { timeout: 5_000 })
    .toEqual(["a", "b"]);
  const service = QueueServiceClient.fromConnectionString(azurite.connectionString);
  await expect
    .poll(async () => (await service.getQueueClient("work").getProperties()).approximateMessagesCount, {
      timeout: 5_000,
    })
    .toBe(0);
});

test("a message that fails five times goes to the poison queue", async () => {
  await enqueue({ id: "bad", fails: true });
  await expect.poll(() => lines("poison"), { timeout: 10_000 }).toHaveLength(1);
  expect((await lines("work", "bad")).map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5]);
  expect((await lines("poison"))[0]?.message).toEqual({ id: "bad", fails: true });
});

test("a message that a killed host was at work on is taken up by the next one at once", async () => {
  await enqueue({ id: "long", ms: 1_000 });
  await expect.poll(() => lines("work", "long")).toHaveLength(1);
  await host.kill();
  host = await start();
  await expect.poll(() => lines("work-done", "long"), { timeout: 10_000 }).toHaveLength(1);
  expect((await lines("work", "long")).map(({ attempt }) => attempt)).toEqual([1, 2]);
});

test("stopping waits for a running handler", async () => {
  await enqueue({ id: "short", ms: 300 });
  await expect.poll(() => lines("work", "short")).toHaveLength(1);
  await host.stop();
  expect(await lines("work-done", "short")).toHaveLength(1);
  host = await start();
});

test("timers run by their schedule and at the start", async () => {
  await expect.poll(async () => (await lines("second")).length, { timeout: 5_000 }).toBeGreaterThanOrEqual(2);
  expect((await lines("second"))[0]?.timer).toEqual({
    schedule: { adjustForDST: true },
    scheduleStatus: null,
    isPastDue: false,
  });
  const [atStartup] = await lines("startup");
  expect(atStartup?.timer?.isPastDue).toBe(false);
  expect(atStartup?.timer?.scheduleStatus?.next).toMatch(/^\d{4}-01-01T00:00:00/);
});

test("a monitored timer makes up for what it missed while no host ran", async () => {
  await host.stop();
  const store = new Store(join(folder.path, "durable.sqlite"));
  const twoDaysAgo = Date.now() - 2 * 24 * 3600 * 1000;
  store.putTimer("startNightly", twoDaysAgo, twoDaysAgo);
  store.close();
  host = await start();
  await expect.poll(async () => (await host.durable.get("instances/nightly")).status).toBe(200);
  await host.stop();
  const after = new Store(join(folder.path, "durable.sqlite"));
  expect(after.timer("startNightly")?.lastAt).toBeGreaterThan(twoDaysAgo);
  after.close();
  host = await start();
});

test("a timer can be run by hand, with a durable client", async () => {
  await host.durable.remove("instances/nightly");
  const url = `${host.url}/admin/functions/startNightly`;
  expect((await fetch(url, { method: "POST" })).status).toBe(404);
  const headers = { "content-type": "application/json" };
  expect((await fetch(url, { method: "POST", headers, body: "{}" })).status).toBe(202);
  await expect.poll(async () => (await host.durable.get("instances/nightly")).status).toBe(200);
  expect((await host.durable.ended("nightly")).output).toBe("done");
});
