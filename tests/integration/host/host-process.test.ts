import { createServer } from "node:http";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { join } from "node:path";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "vitest";
import { fixturePath, startTestHost, temporaryFolder } from "../../support/host.ts";

/** A state directory that is gone after the test. */
async function stateDirectory({ onTestFinished }: Pick<TestContext, "onTestFinished">): Promise<string> {
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  return folder.path;
}

const esmApp = async (context: Pick<TestContext, "onTestFinished">) => ({
  stateDirectory: await stateDirectory(context),
  env: { ...process.env, HUB: "Gathering" },
});

test.concurrent("the files that main names are loaded, ES modules and hooks included", async (context) => {
  const { expect } = context;
  const host = await startTestHost("host/esm-app", await esmApp(context));
  expect(await (await fetch(`${host.url}/one`)).json()).toEqual({ file: "one", hooked: ["one"] });
  await host.stop();
});

test.concurrent("host.json names the hub and limits how many activities run at a time", async (context) => {
  const { expect } = context;
  const host = await startTestHost("host/esm-app", await esmApp(context));
  const started = (await (await host.durable.start("gather", "twelve")).json()) as { statusQueryGetUri: string };
  expect(started.statusQueryGetUri).toContain("taskHub=Gathering");
  expect((await host.durable.ended("twelve")).output).toBe(2);
  expect((await host.durable.get("instances/twelve?taskHub=Other")).status).toBe(404);
  await host.stop();
});

test.concurrent("extra routes answer before and after the app", async (context) => {
  const { expect } = context;
  const host = await startTestHost("host/esm-app", {
    ...(await esmApp(context)),
    extraRoutes: fixturePath("host/routes.ts"),
  });
  expect(await (await fetch(`${host.url}/local/token?role=operator`)).json()).toEqual({ role: "operator" });
  const echoed = await fetch(`${host.url}/local/echo`, { method: "POST", body: "said" });
  expect([echoed.status, await echoed.text()]).toEqual([201, "said"]);
  expect(await (await fetch(`${host.url}/one`)).json()).toMatchObject({ file: "one" });
  expect(await (await fetch(`${host.url}/some/page`)).text()).toBe("<p>portal</p>");
  await host.stop();
});

test.concurrent("an entry that throws or is missing ends the process with the reason", async (context) => {
  const { expect } = context;
  const state = await stateDirectory(context);
  await expect(startTestHost("host/broken-app", { stateDirectory: state })).rejects.toThrow(
    /index\.cjs failed to load: the setting GRAPH_BASE_URL is missing/,
  );
  await expect(startTestHost("host/broken-app", { stateDirectory: state, entry: "nowhere.ts" })).rejects.toThrow(
    /nowhere\.ts does not exist/,
  );
  await expect(startTestHost("host", { stateDirectory: state })).rejects.toThrow(/There is no app in/);
});

test.concurrent("a taken port and a state directory in use are told in one line", async (context) => {
  const { expect } = context;
  const server = createServer().listen(0, "127.0.0.1");
  context.onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await expect(startTestHost("host/esm-app", { ...(await esmApp(context)), port })).rejects.toThrow(
    `Port ${port} is taken`,
  );

  const options = await esmApp(context);
  const host = await startTestHost("host/esm-app", options);
  await expect(startTestHost("host/esm-app", options)).rejects.toThrow(
    `The state directory ${options.stateDirectory} is in use by another process.`,
  );
  await host.stop();
});

test.concurrent("the host ends when its parent goes away, and with code 0 at a gentle signal", async (context) => {
  const { expect } = context;
  const orphan = await startTestHost("host/esm-app", await esmApp(context));
  orphan.child.stdin?.end();
  await orphan.ended;
  expect(orphan.child.exitCode).toBe(0);

  const host = await startTestHost("host/esm-app", await esmApp(context));
  await host.stop();
  expect(host.child.exitCode).toBe(0);
});

test.concurrent("options can come from the environment, and the ready line is the only thing on stdout", async (context) => {
  const { expect } = context;
  const options = { appFolder: fixturePath("host/esm-app"), stateDirectory: await stateDirectory(context) };
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

test.concurrent("only the loopback interface is served", async (context) => {
  const { expect } = context;
  const host = await startTestHost("host/esm-app", await esmApp(context));
  const port = new URL(host.url).port;
  expect((await fetch(`http://127.0.0.1:${port}/one`)).status).toBe(200);
  await expect(fetch(`http://127.0.0.2:${port}/one`)).rejects.toThrow();
  await host.stop();
});
