import { SWEEP, sweepInstance } from "../../shared/archive/removal/sweep.contract.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import { newId } from "../../shared/platform/new-id.ts";
import type { Instant } from "../../shared/platform/time.ts";
import { durableStarter } from "../runtime/durable-starter.ts";
import type { TimerDefinition } from "../runtime/functions-table.ts";

export interface KeepUpDeps {
  readonly organizationIds: () => AsyncIterable<string>;
  readonly now: () => Instant;
  readonly log: Logger;
}

/** Once a day, each organization at an hour that its id gives, so that they do not all begin at once: its leftovers are swept. */
export const keepUp = ({ organizationIds, now, log }: KeepUpDeps): TimerDefinition => ({
  name: "keepUp",
  schedule: "0 11 * * * *",
  handler: async (_timer, context) => {
    const durable = durableStarter(context);
    const hour = new Date(now()).getUTCHours();
    for await (const organizationId of organizationIds()) {
      if (hourOf(organizationId) !== hour) continue;
      const input = { organizationId, sweepId: newId(now()), after: null };
      await durable
        .start(sweepInstance(organizationId), SWEEP, input)
        .catch((error: unknown) => log.error("keepUp.failed", error, { organizationId }));
    }
  },
});

/** The last digits of an id are random. */
const hourOf = (organizationId: string): number => Number.parseInt(organizationId.slice(-4), 36) % 24;
