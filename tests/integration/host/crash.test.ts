import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { startTestHost, temporaryFolder, type TestHost } from "../../support/host.ts";

test("killed again and again, an orchestration ends with the right result", async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  const journal = join(folder.path, "journal");
  const start = (): Promise<TestHost> =>
    startTestHost("host", {
      entry: "crash-app.ts",
      stateDirectory: folder.path,
      env: { ...process.env, JOURNAL: journal },
    });

  let host = await start();
  await host.durable.start("journey", "trip");
  for (const aliveMs of [15, 60, 40, 180, 90, 120]) {
    await sleep(aliveMs);
    await host.kill();
    host = await start();
  }
  await host.durable.raise("trip", "bonus", { bonus: 7 });
  const ended = await host.durable.ended("trip");
  await host.stop();

  const chain = Array.from({ length: 20 }, (_, n) => 1001 + n).reduce((sum, n) => sum + n, 0);
  expect(ended.output).toEqual({ fanOut: (59 * 60) / 2, total: chain + 60, bonus: 7 });
  const executions = (await readFile(journal, "utf8")).trim().split("\n");
  expect(new Set(executions).size).toBe(80);
  // What was running at a kill runs again, at most 20 at a time; nothing else does.
  expect(executions.length).toBeLessThanOrEqual(80 + 6 * 20);
});

test("work that is under way when the host stops is done by the next start", async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  const options = { entry: "app.cjs", stateDirectory: folder.path, env: { ...process.env, PACE: "0.4" } };

  const first = await startTestHost("conformance", options);
  await first.durable.start("slow", "slow");
  await first.durable.start("timer", "timer", { ms: 1500 });
  await first.durable.until("timer", ({ runtimeStatus }) => runtimeStatus === "Running");
  await first.stop();

  const second = await startTestHost("conformance", options);
  expect((await second.durable.ended("slow")).output).toBe("slow done");
  expect((await second.durable.ended("timer")).runtimeStatus).toBe("Completed");
  await second.stop();
});
