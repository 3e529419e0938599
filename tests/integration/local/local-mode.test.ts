import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { backUp } from "../../../local/demo/back-up.ts";
import { saveZips, waitForDownload } from "../../../local/demo/download.ts";
import { openProgress } from "../../../local/demo/progress.ts";
import { setUp } from "../../../local/demo/set-up.ts";
import { tenantOf } from "../../../local/demo/tenant.ts";
import { verifyAccount } from "../../../local/demo/verify.ts";
import { startLocalMode } from "../../../local/local-mode.ts";
import { temporaryFolder } from "../../support/host.ts";
import { smallSizes } from "../../support/simulator.ts";

test("a host that is killed again and again during a backup loses and doubles nothing", async () => {
  const folder = await temporaryFolder();
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const local = await startLocalMode({
    stateDirectory: folder.path,
    port: 0,
    simulator: { sizes: smallSizes, throttling: "off" },
    environment: { PATH: process.env["PATH"] },
    say,
  });
  try {
    if (!local.simulator) throw new Error("no simulator");
    const progress = await openProgress(join(folder.path, "progress"));
    const organization = await setUp(local.url, local.simulator, progress, say);
    const running = backUp(organization, progress, say);
    for (let kills = 0; kills < 3; kills++) {
      await delay(2_000);
      kill(local.hostPid());
    }
    await running;
    const range = { from: "2020-01-01", to: new Date().toISOString().slice(0, 10) };
    const ready = await waitForDownload(organization, { format: "csv", attachments: true, ...range }, progress, say);
    const zips = await saveZips(organization, ready, join(folder.path, "out"));
    const tenant = await tenantOf(local.simulator);
    for (const account of organization.accounts) {
      const verdict = await verifyAccount(
        tenant,
        account,
        zips.filter(({ accountId }) => accountId === account.id),
      );
      expect(verdict.faults).toEqual([]);
    }
    expect(said.filter((line) => line.includes("starting it again")).length).toBeGreaterThan(0);
  } finally {
    await local.stop();
    await folder.remove();
  }
}, 180_000);

test("a taken port, a folder in use and a wrong setting end the start with one clear message", async () => {
  const folder = await temporaryFolder();
  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.once("listening", resolve));
  const address = taken.address();
  const port = typeof address === "object" && address ? String(address.port) : "";
  const one = await start({ LOCAL_STATE_DIR: join(folder.path, "a"), PORT: port });
  expect(one).toMatchObject({ code: 1, out: "" });
  expect(one.err).toContain(port);
  const wrong = await start({ LOCAL_STATE_DIR: join(folder.path, "b"), PORT: "70710" });
  expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining("PORT") as string });
  const setting = await start({
    LOCAL_STATE_DIR: join(folder.path, "c"),
    PORT: "0",
    DOWNLOAD_WINDOW_DAYS: "91",
    AUTH_ISSUER: "nonsense",
  });
  expect(setting.code).toBe(1);
  expect(setting.err).toContain("DOWNLOAD_WINDOW_DAYS");
  expect(setting.err).toContain("AUTH_ISSUER");
  for (const storage of ["foo", "DefaultEndpointsProtocol=https;AccountName=a;EndpointSuffix=core.windows.net"]) {
    const several = { DATA_STORAGE: storage, DOWNLOAD_WINDOW_DAYS: "91", PORT: "0", LOCAL_GRAPH: "off" };
    const { code, err } = await start({ LOCAL_STATE_DIR: join(folder.path, "s"), ...several });
    expect(code).toBe(1);
    expect(err).toMatch(/^Settings to mend:\n.*DATA_STORAGE must be a storage.*\n.*DOWNLOAD_WINDOW_DAYS/s);
  }
  const held = join(folder.path, "d");
  await mkdir(held);
  const local = await startLocalMode({
    stateDirectory: held,
    port: 0,
    simulator: "off",
    environment: { PATH: process.env["PATH"] },
    say: () => undefined,
  });
  const second = await start({ LOCAL_STATE_DIR: held, PORT: "0", LOCAL_GRAPH: "off" });
  expect(second).toMatchObject({ code: 1, err: expect.stringContaining("in use by another process") as string });
  await local.stop();
  taken.close();
  await folder.remove();
}, 120_000);

/** One that is just being started again is spared. */
function kill(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function start(env: Record<string, string>): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "local/start.ts"], {
    env: { PATH: process.env["PATH"], ...env },
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, out, err };
}
