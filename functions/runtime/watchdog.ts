import type { InvocationContext, Timer } from "@azure/functions";
import type { Logger } from "../../shared/platform/logger.ts";
import { type DurableStarter, durableStarter } from "./durable-starter.ts";
import type { TimerDefinition } from "./functions-table.ts";

export interface Watchdog<T> {
  /** Of the timer. */
  readonly name: string;
  readonly log: Logger;
  /** Everything that has been begun and has not ended, by rows that outlive any orchestration. */
  readonly open: () => AsyncIterable<T>;
  /** Sees to it that one of them goes on. Starting an instance that runs already changes nothing. */
  readonly resume: (item: T, durable: DurableStarter) => Promise<unknown>;
}

/** A timer that takes up, once a minute, what lost its orchestration: never started, failed, or gone with its task hub. One
 * that cannot be taken up is logged and keeps no other waiting. */
export const watchdog = <T>({ name, log, open, resume }: Watchdog<T>): TimerDefinition => ({
  name,
  schedule: "0 * * * * *",
  handler: async (_timer: Timer, context: InvocationContext) => {
    const durable = durableStarter(context);
    for await (const item of open()) {
      await resume(item, durable).catch((error: unknown) => log.error(`${name}.failed`, error));
    }
  },
});
