import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { type LocalMode, startLocalMode } from "../../../local/local-mode.ts";
import { temporaryFolder } from "../../support/host.ts";
import { smallSizes } from "../../support/simulator.ts";

const started: LocalMode[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) await one.stop();
});

async function start(stateDirectory: string): Promise<LocalMode> {
  const one = await startLocalMode({
    stateDirectory,
    port: 0,
    simulator: { sizes: smallSizes },
    environment: { PATH: process.env["PATH"] },
    say: () => undefined,
  });
  started.push(one);
  return one;
}

/** Parts of the local mode: processes that were started with something of that folder, by Linux's /proc. */
async function partsOf(folder: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const has = async (pid: string) =>
    (await Promise.all(["cmdline", "environ"].map((of) => readFile(`/proc/${pid}/${of}`, "utf8").catch(() => ""))))
      .join()
      .includes(folder);
  const found = await Promise.all(pids.map(async (pid) => ((await has(pid)) ? [pid] : [])));
  return found.flat();
}

test.each([
  ["host/durable.sqlite", "host"],
  ["simulator/simulator.json", "simulator"],
  ["simulator/changes.ndjson", "simulator"],
  ["simulator/token-signing.key", "simulator"],
  ["simulator/server.pem", "simulator"],
  ["storage/__azurite_db_table__.json", ""],
])(
  "damage of %s is told with its remedy, and that works",
  async (name, remedy) => {
    const folder = await temporaryFolder();
    onTestFinished(() => folder.remove());
    const whole = await start(folder.path);
    expect(await partsOf(folder.path)).toHaveLength(3);
    await whole.stop();
    expect(await partsOf(folder.path)).toEqual([]);
    const file = join(folder.path, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, "{ no such thing ".repeat(100));
    const told = await start(folder.path).then(
      () => "started",
      (error: Error) => error.message,
    );
    const removed = remedy === "" ? folder.path : join(folder.path, remedy);
    expect(told).toContain(`${file} is damaged: remove the folder ${removed} and start again.`);
    expect(told).not.toContain("\n");
    expect(await partsOf(folder.path)).toEqual([]);
    await rm(removed, { recursive: true });
    await (await start(folder.path)).stop();
    expect(await partsOf(folder.path)).toEqual([]);
  },
  180_000,
);
