import { setTimeout as delay } from "node:timers/promises";
import { type SpawnedHost, type SpawnOptions, spawnHost } from "./host/spawn-host.ts";

export interface KeptHost {
  readonly url: string;
  /** The process as it is now; another after a restart. */
  pid(): number | undefined;
  /** Settles with a message when the host cannot be kept running. */
  readonly failed: Promise<string>;
  stop(): Promise<void>;
}

/** More ends than this within a minute are no accident. */
const MOST_RESTARTS = 5;
const MINUTE_MS = 60_000;

/** Starts the host and starts it again on the same port whenever it ends unasked, as the platform would. Throws when the first
 * start fails. */
export async function keepHost(
  options: SpawnOptions & { readonly port: number },
  say: (line: string) => void,
): Promise<KeptHost> {
  let host: SpawnedHost = await spawnHost(options);
  let stopping = false;
  const isStopping = () => stopping;
  const ends: number[] = [];
  const { promise: failed, resolve: fail } = Promise.withResolvers<string>();

  const watch = async (): Promise<void> => {
    while (!isStopping()) {
      await host.ended;
      if (isStopping()) return;
      ends.push(Date.now());
      if (ends.filter((at) => at > Date.now() - MINUTE_MS).length > MOST_RESTARTS)
        return fail("The Functions host keeps ending.");
      say("The Functions host ended unasked; starting it again.");
      await delay(300);
      host = await spawnHost(options);
    }
  };
  watch().catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));

  return {
    url: host.url,
    pid: () => host.child.pid,
    failed,
    async stop() {
      stopping = true;
      await host.stop();
    },
  };
}
