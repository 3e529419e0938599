import { type ProbeDueDeps, takeProbe } from "../../shared/billing/probe-due.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import type { DurableStarter } from "../runtime/durable-starter.ts";
import { watchdog } from "../runtime/watchdog.ts";

/** Pauses begin at any time of the day: so many due within one minute have waited for a host. */
const MOST_AT_ONCE = 100;

export interface ProbePayments extends ProbeDueDeps {
  readonly log: Logger;
  readonly probe: (durable: DurableStarter, organizationId: string) => Promise<void>;
}

/** Asks Graph once a day, organization by organization, whether it still wants payment. */
export const probePayments = (deps: ProbePayments) =>
  watchdog({
    name: "probePayments",
    log: deps.log,
    open: () => deps.due.due(deps.now(), MOST_AT_ONCE),
    resume: async (reminder, durable) => {
      if (await takeProbe(deps, reminder)) await deps.probe(durable, reminder.organizationId);
    },
  });
