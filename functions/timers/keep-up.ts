import { RETENTION } from "../../shared/archive/removal/removal.contract.ts";
import { SWEEP, sweepInstance } from "../../shared/archive/removal/sweep.contract.ts";
import { backupInstance } from "../../shared/backup/backup.contract.ts";
import { DRIFT, driftInstance } from "../../shared/backup/drift.contract.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import { newId } from "../../shared/platform/new-id.ts";
import type { Instant } from "../../shared/platform/time.ts";
import { type DurableStarter, durableStarter } from "../runtime/durable-starter.ts";
import type { TimerDefinition } from "../runtime/functions-table.ts";

export interface KeepUpDeps {
  readonly organizationIds: () => AsyncIterable<string>;
  readonly hasRetention: (organizationId: string) => Promise<boolean>;
  readonly now: () => Instant;
  readonly log: Logger;
}

/** So often a retention that found a backup under way is tried again. */
const RETENTION_HOURS = 6;

/** Each organization at hours that its id gives, so that they do not all begin at once: once a day its leftovers are swept
 * and some of its archive is compared with Graph, and every six hours its retention, if it has one, is applied, unless a backup is under way. */
export const keepUp = (deps: KeepUpDeps): TimerDefinition => ({
  name: "keepUp",
  schedule: "0 11 * * * *",
  handler: async (_timer, context) => {
    const durable = durableStarter(context);
    const hour = new Date(deps.now()).getUTCHours();
    for await (const organizationId of deps.organizationIds()) {
      const place = hour - hourOf(organizationId);
      if (place % RETENTION_HOURS !== 0) continue;
      await keepOne(deps, durable, organizationId, place === 0).catch((error: unknown) =>
        deps.log.error("keepUp.failed", error, { organizationId }),
      );
    }
  },
});

async function keepOne(
  { hasRetention, now }: KeepUpDeps,
  durable: DurableStarter,
  organizationId: string,
  isDaily: boolean,
): Promise<void> {
  const id = newId(now());
  if (isDaily) {
    await durable.start(sweepInstance(organizationId), SWEEP, { organizationId, sweepId: id, after: null });
    await durable.start(driftInstance(organizationId), DRIFT, { organizationId, driftId: id });
  }
  if (!(await hasRetention(organizationId))) return;
  await durable.start(backupInstance(organizationId), RETENTION, { organizationId, retentionId: id, after: null });
}

/** The last digits of an id are random. */
const hourOf = (organizationId: string): number => Number.parseInt(organizationId.slice(-4), 36) % 24;
