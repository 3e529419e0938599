import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ownGroup } from "../own-group.ts";
import type { HostProcessOptions } from "./host-process.ts";

/** A host in a process of its own. */
export interface SpawnedHost {
  readonly url: string;
  readonly child: ChildProcess;
  /** Settles when the process is gone, in whatever manner. */
  readonly ended: Promise<void>;
  /** Ends it gently; resolves when it is gone. */
  stop(): Promise<void>;
  /** Ends it as a power cut would; resolves when it is gone. */
  kill(): Promise<void>;
}

export interface SpawnOptions extends HostProcessOptions {
  /** Default: this process's own. */
  readonly env?: NodeJS.ProcessEnv;
  /** Gets what the process prints, line by line. Default: goes to stderr. */
  readonly onLine?: (line: string) => void;
}

/** V8 lets new objects take three times 32 MB before it looks which of them are still wanted. A backup makes garbage of every page,
 * and would hold that much for nothing; MB of one of the three. */
export const YOUNG_HEAP = "--max-semi-space-size=4";

/** What is wanted of the rest may double before V8 looks again; it would let it grow to some four times as much. In percent. */
const OLD_HEAP = "--heap-growing-percent=100";

/** Both. */
export const SMALL_HEAP = [YOUNG_HEAP, OLD_HEAP];

/** The C library of Linux raises the size from which it asks the system for memory, and so can give it back, up to 32 MB, and keeps an
 * arena for each of many threads: pages and packs of a backup left it with some 100 MB that nobody used. The caller's own settings win.
 * @see https://man7.org/linux/man-pages/man3/mallopt.3.html */
export const GIVE_BACK = { MALLOC_ARENA_MAX: "2", MALLOC_MMAP_THRESHOLD_: "131072" };

/**
 * Starts a host as a child process, which ends with its parent.
 * @throws when the child ends before it is ready; the message is what the child said.
 */
export async function spawnHost({ env = process.env, onLine, ...options }: SpawnOptions): Promise<SpawnedHost> {
  const script = fileURLToPath(new URL("host-process.ts", import.meta.url));
  const args = ["--disable-warning=ExperimentalWarning", ...SMALL_HEAP, script, JSON.stringify(options)];
  const child = spawn(process.execPath, args, {
    env: { ...GIVE_BACK, ...env },
    stdio: ["pipe", "pipe", "pipe"],
    ...ownGroup,
  });
  const print = onLine ?? ((line: string) => process.stderr.write(`${line}\n`));
  const { promise: ready, resolve, reject } = Promise.withResolvers<string>();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const complaints: string[] = [];
  let started = false;
  const isReady = () => started;
  createInterface(child.stdout).on("line", (line) => {
    const url = readyUrl(line);
    if (url === undefined) print(line);
    else resolve(url);
  });
  createInterface(child.stderr).on("line", (line) => {
    if (isReady()) print(line);
    else complaints.push(line);
  });
  child.once("error", reject);
  child.once("close", (code, signal) => {
    end();
    reject(new Error(complaints.join("\n") || `The host ended with ${signal ?? `code ${code}`}.`));
  });
  const url = await ready;
  started = true;
  for (const line of complaints) print(line);
  // What is left to say later goes to the printer only.
  complaints.length = 0;
  const endBy = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  return { url, child, ended, stop: () => endBy("SIGTERM"), kill: () => endBy("SIGKILL") };
}

function readyUrl(line: string): string | undefined {
  return line.startsWith('{"ready":') ? (JSON.parse(line) as { ready: string }).ready : undefined;
}
