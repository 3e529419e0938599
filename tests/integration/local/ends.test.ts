import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../../support/host.ts";

/** A script of the local mode in a process group of its own, as a shell starts it. */
async function launch(script: string, env: Readonly<Record<string, string>>) {
  const folder = await temporaryFolder();
  const home = env["LOCAL_STATE_DIR"] ?? join(folder.path, "state");
  await mkdir(home, { recursive: true });
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", resolve(script)], {
    cwd: folder.path,
    env: { PATH: process.env["PATH"], LOCAL_STATE_DIR: home, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const printed: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => printed.push(chunk.toString()));
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) signal(child, "SIGKILL");
    await folder.remove();
  });
  return { child, home, said: () => printed.join("") };
}

/** To all of the group, as a terminal does it; to nobody, where it has ended. */
function signal({ pid = 0 }: ChildProcess, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function line(child: ChildProcess, start: string): Promise<void> {
  if (!child.stdout) throw new Error("no output");
  for await (const text of createInterface(child.stdout)) if (text.startsWith(start)) return;
  throw new Error(`It ended before it said ${start}`);
}

/** Exit code and signal. */
const exited = async (child: ChildProcess) =>
  child.exitCode === null && child.signalCode === null
    ? ((await once(child, "exit")) as [number | null, NodeJS.Signals | null])
    : [child.exitCode, child.signalCode];

const exists = (path: string) => () => existsSync(path);

test("a Ctrl-C while it starts ends gently what was started", async () => {
  const { child, home, said } = await launch("local/start.ts", { PORT: "0" });
  await expect.poll(exists(join(home, "running")), { interval: 10, timeout: 30_000 }).toBe(true);
  signal(child, "SIGINT");
  expect(await exited(child)).toEqual([0, null]);
  expect(existsSync(join(home, "running"))).toBe(false);
  expect(said()).toBe("");
}, 120_000);

test("three at once are one, and the next start goes on as after any gentle end", async () => {
  const { child, home, said } = await launch("local/start.ts", { PORT: "0", LOCAL_GRAPH: "off" });
  await line(child, "ready ");
  for (let n = 0; n < 3; n++) {
    signal(child, "SIGINT");
    await delay(60);
  }
  expect(await exited(child)).toEqual([0, null]);
  expect(existsSync(join(home, "running"))).toBe(false);
  expect(said()).toBe("");
}, 120_000);

test("a reader of the demo's lines who goes away ends it, quietly and gently", async () => {
  const { child, home, said } = await launch("local/demo.ts", {});
  await line(child, "");
  child.stdout.destroy();
  await exited(child);
  expect(existsSync(join(home, "demo", "running"))).toBe(false);
  expect(said()).toBe("");
}, 120_000);

test("after a kill the next start says how long a download may wait: one that is two minutes old is looked at each minute", async () => {
  const killed = await launch("local/start.ts", { PORT: "0", LOCAL_GRAPH: "off" });
  await line(killed.child, "ready ");
  signal(killed.child, "SIGKILL");
  await exited(killed.child);
  const state = { LOCAL_STATE_DIR: killed.home };
  // The folder is free once the parts that were left alone have ended.
  const started = async () => {
    const next = await launch("local/start.ts", { PORT: "0", LOCAL_GRAPH: "off", ...state });
    const isReady = await line(next.child, "ready ").then(
      () => true,
      () => false,
    );
    signal(next.child, "SIGINT");
    await exited(next.child);
    return isReady ? next.said() : "";
  };
  await expect.poll(started, { timeout: 60_000 }).toContain("within three minutes");
}, 120_000);
