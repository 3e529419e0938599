import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestHost, temporaryFolder, type TestHost } from "../../support/host.ts";

/** What goes wrong in production must go wrong here too, or nobody sees it in time. */
let host: TestHost;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  host = await startTestHost("host", { entry: "traps-app.ts", stateDirectory: folder.path });
});

afterAll(async () => {
  await host.stop();
  await folder.remove();
});

test("tasks under way in a second Task.any are begun again, and later results are mixed up", async () => {
  await host.durable.start("window", "window");
  expect((await host.durable.ended("window")).output).not.toBe(1);
  const { historyEvents = [] } = await host.durable.status("window", "?showHistory=true");
  const activities = historyEvents.filter(({ EventType }) => EventType === "TaskCompleted");
  expect(activities.length).toBeGreaterThan(4);
});

test("a bare text for continue-as-new arrives in quotes", async () => {
  await host.durable.start("quoted", "quoted", "go");
  expect((await host.durable.ended("quoted")).output).toBe('"next"');
});

test("an error without a message leaves the instance running for ever", async () => {
  await host.durable.start("wordless", "wordless");
  await expect
    .poll(async () => (await host.durable.status("wordless", "?showHistory=true")).historyEvents)
    .toContainEqual(expect.objectContaining({ EventType: "TaskCompleted" }));
  expect((await host.durable.status("wordless")).runtimeStatus).toBe("Running");
});

test("a custom status of more than 16 KB fails the instance", async () => {
  await host.durable.start("talkative", "talkative");
  expect((await host.durable.ended("talkative")).output).toContain("larger than 16 KB");
});
