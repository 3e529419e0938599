import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startTestHost, temporaryFolder } from "../../support/host.ts";

test("each input's activity is called as often as it asks, and endings keep the order, over generations", async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  const journal = join(folder.path, "journal");
  await writeFile(journal, "");
  const env = { ...process.env, JOURNAL: journal };
  const host = await startTestHost("host", { entry: "run-all-app.ts", stateDirectory: folder.path, env });
  await host.durable.start("squares", "all", { batch: 0, sums: [] });
  const ended = await host.durable.ended("all", 40_000);
  await host.stop();
  const line = "0 1 4 9 16 25 36 49 64 nine 100 121";
  expect(ended.output).toEqual([line, line, line]);
  const calls = (await readFile(journal, "utf8")).trim().split("\n");
  const expected = [0, 1, 2].flatMap((batch) =>
    [0, 1, 2, 3, 3, 4, 5, 5, 6, 7, 7, 8, 8, 9, 10, 11].map((n) => `${batch}:${n}`),
  );
  expect(calls.sort()).toEqual(expected.sort());
});
