import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { watchDiskRoom } from "./disk-room.ts";
import { freePort } from "./free-port.ts";
import type { SimulatorOptions } from "./graph-simulator/options.ts";
import { keepHost } from "./keep-host.ts";
import { localKeys } from "./local-keys.ts";
import { lockFolder } from "./lock-folder.ts";
import { localSettings } from "./local-settings.ts";
import { type SpawnedSimulator, spawnSimulator } from "./spawn-simulator.ts";
import { startStorage } from "./start-storage.ts";
import { makeFolder } from "./state-folder.ts";

export interface LocalOptions {
  /** Absolute. Everything is kept here; the next start goes on from it. One local mode at a time. */
  readonly stateDirectory: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** `off`: Graph and Entra are those of the environment. */
  readonly simulator: SimulatorOptions | "off";
  readonly environment: NodeJS.ProcessEnv;
  /** Gets what the host prints, and what happens to the parts. */
  readonly say: (line: string) => void;
  /** Ends a start that is under way: what has started is stopped, and the start throws. */
  readonly signal?: AbortSignal;
}

export interface LocalMode {
  readonly url: string;
  readonly simulator?: SpawnedSimulator;
  hostPid(): number | undefined;
  /** Settles with a sentence for the terminal when a part is gone for good. */
  readonly broken: Promise<string>;
  stop(): Promise<void>;
}

const APP_FOLDER = fileURLToPath(new URL("..", import.meta.url));
const ISSUER = fileURLToPath(new URL("issuer/issuer-routes.ts", import.meta.url));

/** Runs the product on this machine: Azurite, the simulator unless it is off, and the app in the embedded host. Throws with a
 * sentence for the terminal when a part does not start; what had started is stopped. */
export async function startLocalMode(options: LocalOptions): Promise<LocalMode> {
  const { stateDirectory, environment, say, signal } = options;
  const closers: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  const stop = (): Promise<void> => (stopping ??= closeAll());
  try {
    await makeFolder(stateDirectory);
    const room = await watchDiskRoom([stateDirectory]);
    closers.push(() => Promise.resolve(room.stop()));
    const lock = lockFolder(stateDirectory);
    closers.push(() => Promise.resolve(lock.release()));
    const storage = join(stateDirectory, "storage");
    await makeFolder(storage);
    const mark = await markUngentle(stateDirectory, say);
    // Storage that died has not written all; the next start must know.
    let isLost = false;
    closers.push(() => (isLost ? Promise.resolve() : rm(mark, { force: true })));
    const { secretsKey } = await localKeys(stateDirectory);
    const [azurite, simulator] = await both(
      startStorage(stateDirectory, storage),
      options.simulator === "off"
        ? Promise.resolve(undefined)
        : spawnSimulator({ stateDir: join(stateDirectory, "simulator"), ...options.simulator }),
      (part) => closers.push(() => part.stop()),
    );
    void azurite.ended.then(() => (isLost = stopping === undefined));
    signal?.throwIfAborted();
    const port = options.port === 0 ? await freePort() : options.port;
    const url = `http://localhost:${port}`;
    const parts = { stateDirectory, url, connectionString: azurite.connectionString, secretsKey };
    const env = localSettings(simulator ? { ...parts, simulator } : parts, environment);
    const host = await keepHost(
      {
        appFolder: APP_FOLDER,
        entry: "functions/index.ts",
        stateDirectory: join(stateDirectory, "host"),
        port,
        extraRoutes: ISSUER,
        publicUrl: env["PUBLIC_BASE_URL"] ?? url,
        env,
        onLine: say,
      },
      say,
    );
    closers.push(() => host.stop());
    const broken = Promise.race([
      room.gone,
      host.failed,
      azurite.ended.then(() => "Azurite ended unasked. Start again: the work goes on from what is on disk."),
      ...(simulator ? [simulator.ended.then(() => "The Graph simulator ended unasked. Start again to go on.")] : []),
    ]);
    return { url, ...(simulator ? { simulator } : {}), hostPid: () => host.pid(), broken, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Storage that was killed may have lost its last seconds, and orchestrations that remember them would go on from what is not
 * there. So after an end that was not gentle they are forgotten, and the work is taken up from what storage holds. */
async function markUngentle(stateDirectory: string, say: (line: string) => void): Promise<string> {
  const mark = join(stateDirectory, "running");
  if (existsSync(mark)) {
    say("The last run was killed: its work is taken up again from what is stored, within three minutes.");
    await rm(join(stateDirectory, "host"), { recursive: true, force: true });
  }
  await writeFile(mark, "");
  return mark;
}

/** Starts two parts at the same time; when one fails the other is still noted for its end. */
async function both<A extends Part, B extends Part>(
  first: Promise<A>,
  second: Promise<B | undefined>,
  note: (part: Part) => void,
): Promise<[A, B | undefined]> {
  const results = await Promise.allSettled([first, second]);
  for (const result of results) if (result.status === "fulfilled" && result.value) note(result.value);
  return Promise.all([first, second]);
}

interface Part {
  stop(): Promise<void>;
}
