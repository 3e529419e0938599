import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startTestHost, temporaryFolder } from "../../support/host.ts";

test("chaos repeats activities and mixes their order, and the result is the same", async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  const journal = join(folder.path, "journal");
  const host = await startTestHost("host", {
    entry: "crash-app.ts",
    stateDirectory: folder.path,
    chaos: { repeat: 0.5, maxDelayMs: 5, seed: 1 },
    env: { ...process.env, JOURNAL: journal },
  });
  await host.durable.start("journey", "trip");
  await host.durable.raise("trip", "bonus", { bonus: 1 });
  const { output } = await host.durable.ended("trip");
  await host.stop();

  expect(output).toMatchObject({ fanOut: (59 * 60) / 2, bonus: 1 });
  const steps = (await readFile(journal, "utf8"))
    .trim()
    .split("\n")
    .map((line) => Number(line.slice("step ".length)));
  const fanOut = steps.filter((n) => n < 60);
  expect(fanOut.length).toBeGreaterThan(60);
  expect(fanOut).not.toEqual([...fanOut].sort((a, b) => a - b));
});

test("callHttp calls a server and follows its 202 until it is done", async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    if (calls < 3) response.writeHead(202, { location: request.url ?? "/", "retry-after": "0" }).end();
    else response.end(`served ${request.url}`);
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");

  const FPORT = String((server.address() as AddressInfo).port);
  const env = { ...process.env, FPORT };
  const host = await startTestHost("conformance", { entry: "app.cjs", stateDirectory: folder.path, env });
  await host.durable.start("callHttp", "call");
  expect((await host.durable.ended("call")).output).toMatchObject({ statusCode: 200, content: "served /api/echo/x" });
  expect(calls).toBe(3);
  await host.stop();
});
