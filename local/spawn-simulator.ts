import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { SimulatorOptions } from "./graph-simulator/options.ts";
import { ownGroup } from "./own-group.ts";

const readyLine = z.object({
  ready: z.literal(true),
  graphUrl: z.string(),
  authorityUrl: z.string(),
  contentHost: z.string(),
  caFile: z.string(),
  tenant: z.object({ tenantId: z.string(), clientId: z.string(), clientSecret: z.string(), domain: z.string() }),
});

/** Microsoft Entra and Graph in a process of their own. */
export interface SpawnedSimulator extends Omit<z.output<typeof readyLine>, "ready"> {
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Starts it as a child process, which ends with its parent. Throws with what it said when it ends before it is ready. */
export async function spawnSimulator(options: SimulatorOptions): Promise<SpawnedSimulator> {
  const script = fileURLToPath(new URL("graph-simulator/simulator-process.ts", import.meta.url));
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script], {
    env: { ...process.env, GRAPH_SIMULATOR_OPTIONS: JSON.stringify(options) },
    stdio: ["pipe", "pipe", "pipe"],
    ...ownGroup,
  });
  const { promise: ready, resolve, reject } = Promise.withResolvers<z.output<typeof readyLine>>();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const complaints: string[] = [];
  createInterface(child.stdout).on("line", (line) => {
    if (line.startsWith('{"ready":')) resolve(readyLine.parse(JSON.parse(line)));
  });
  createInterface(child.stderr).on("line", (line) => complaints.push(line));
  child.once("error", reject);
  child.once("close", () => {
    end();
    reject(new Error(complaints.join("\n") || "The simulator ended before it was ready."));
  });
  const { ready: _, ...simulator } = await ready;
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  return { ...simulator, ended, stop };
}
