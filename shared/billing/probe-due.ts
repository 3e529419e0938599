import type { Due, DueList } from "../platform/due-list.ts";
import type { Instant } from "../platform/time.ts";
import { PROBE_EVERY_MS } from "./payment-fence.ts";
import type { PaymentStore } from "./payment-store.ts";

export interface ProbeDueDeps {
  readonly payments: PaymentStore;
  readonly due: DueList;
  /** Whether a run waits for payment. */
  readonly isPaused: (organizationId: string) => Promise<boolean>;
  readonly now: () => Instant;
}

/** Takes one reminder of a probe up: answers whether to probe now. The next reminder is written first; of two who take the same one
 * up a single one probes. */
export async function takeProbe(deps: ProbeDueDeps, reminder: Due): Promise<boolean> {
  const { organizationId } = reminder;
  const isWaiting = (await deps.payments.find(organizationId)) !== undefined || (await deps.isPaused(organizationId));
  const nextProbeAt = Math.max(reminder.at, deps.now() - PROBE_EVERY_MS / 2) + PROBE_EVERY_MS;
  if (isWaiting) await deps.due.add({ at: nextProbeAt, organizationId });
  if (!(await deps.due.take(reminder))) return false;
  if (isWaiting) await deps.payments.change(organizationId, { nextProbeAt });
  return isWaiting;
}
