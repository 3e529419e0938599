import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawnHost, type SpawnedHost, type SpawnOptions } from "../../local/host/spawn-host.ts";
import { type DurableApi, durableApi } from "./durable-api.ts";

export const fixturePath = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** A host of its own for a test, with a state directory that can outlive it. */
export interface TestHost extends SpawnedHost {
  readonly durable: DurableApi;
  readonly stateDirectory: string;
  /** What the host and its functions have printed. */
  readonly lines: readonly string[];
}

/** Starts the app of a folder under `tests/fixtures`. `stop()` ends the host and keeps the state; see `temporaryFolder`. */
export async function startTestHost(
  app: string,
  options: Partial<SpawnOptions> & { readonly stateDirectory: string },
): Promise<TestHost> {
  const lines: string[] = [];
  const host = await spawnHost({ appFolder: fixturePath(app), onLine: (line) => lines.push(line), ...options });
  return { ...host, durable: durableApi(host.url), stateDirectory: options.stateDirectory, lines };
}

/** A new folder, and the way to be rid of it. */
export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "host-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
