import { createServer } from "node:http";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { join } from "node:path";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { fixturePath, startTestHost, temporaryFolder } from "../../support/host.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

const esmApp = () => ({ stateDirectory: folder.path, env: { ...process.env, HUB: "Gathering" } });

test("the files that main names are loaded, ES modules and hooks included", async () => {
  const host = await startTestHost("host/esm-app", esmApp());
  expect(await (await fetch(`${host.url}/one`)).json()).toEqual({ file: "one", hooked: ["one"] });
  await host.stop();
});

test("host.json names the hub and limits how many activities run at a time", async () => {
  const host = await startTestHost("host/esm-app", esmApp());
  const started = (await (await host.durable.start("gather", "twelve")).json()) as { statusQueryGetUri: string };
  expect(started.statusQueryGetUri).toContain("taskHub=Gathering");
  expect((await host.durable.ended("twelve")).output).toBe(2);
  expect((await host.durable.get("instances/twelve?taskHub=Other")).status).toBe(404);
  await host.stop();
});

test("extra routes answer before and after the app", async () => {
  const host = await startTestHost("host/esm-app", { ...esmApp(), extraRoutes: fixturePath("host/routes.ts") });
  expect(await (await fetch(`${host.url}/local/token?role=operator`)).json()).toEqual({ role: "operator" });
  const echoed = await fetch(`${host.url}/local/echo`, { method: "POST", body: "said" });
  expect([echoed.status, await echoed.text()]).toEqual([201, "said"]);
  expect(await (await fetch(`${host.url}/one`)).json()).toMatchObject({ file: "one" });
  expect(await (await fetch(`${host.url}/some/page`)).text()).toBe("<p>portal</p>");
  await host.stop();
});

test("an entry that throws or is missing ends the process with the reason", async () => {
  await expect(startTestHost("host/broken-app", { stateDirectory: folder.path })).rejects.toThrow(
    /index\.cjs failed to load: the setting GRAPH_BASE_URL is missing/,
  );
  await expect(startTestHost("host/broken-app", { stateDirectory: folder.path, entry: "nowhere.ts" })).rejects.toThrow(
    /nowhere\.ts does not exist/,
  );
  await expect(startTestHost("host", { stateDirectory: folder.path })).rejects.toThrow(/There is no app in/);
});

test("a taken port and a state directory in use are told in one line", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await expect(startTestHost("host/esm-app", { ...esmApp(), port })).rejects.toThrow(`Port ${port} is taken.`);

  const host = await startTestHost("host/esm-app", esmApp());
  await expect(startTestHost("host/esm-app", esmApp())).rejects.toThrow(
    `The state directory ${folder.path} is in use by another process.`,
  );
  await host.stop();
});

test("the host ends when its parent goes away, and with code 0 at a gentle signal", async () => {
  const orphan = await startTestHost("host/esm-app", esmApp());
  orphan.child.stdin?.end();
  await orphan.ended;
  expect(orphan.child.exitCode).toBe(0);

  const host = await startTestHost("host/esm-app", esmApp());
  await host.stop();
  expect(host.child.exitCode).toBe(0);
});

test("options can come from the environment, and the ready line is the only thing on stdout", async () => {
  const options = { appFolder: fixturePath("host/esm-app"), stateDirectory: folder.path };
  const script = join(import.meta.dirname, "../../../local/host/host-process.ts");
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script], {
    env: { ...process.env, HUB: "Other", HOST_OPTIONS: JSON.stringify(options) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const { ready } = JSON.parse(line) as { ready: string };
  expect((await fetch(`${ready}/one`)).status).toBe(200);
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("only the loopback interface is served", async () => {
  const host = await startTestHost("host/esm-app", esmApp());
  const port = new URL(host.url).port;
  expect((await fetch(`http://127.0.0.1:${port}/one`)).status).toBe(200);
  await expect(fetch(`http://127.0.0.2:${port}/one`)).rejects.toThrow();
  await host.stop();
});
