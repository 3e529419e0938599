import type { DueList } from "../platform/due-list.ts";
import { AppError } from "../platform/errors.ts";
import type { Logger } from "../platform/logger.ts";
import type { Instant } from "../platform/time.ts";
import type { PaymentStore } from "./payment-store.ts";

/** Keeps an organization from asking Graph for exports once it answered 402, on all instances. */
export interface PaymentFence {
  /** To be awaited right before each export request. Rejects with `billing.payment_required` while payment is wanted: at once on the
   * instance that heard of it; on another after 5 s, unless it was told by Graph itself before. */
  check(organizationId: string): Promise<void>;
  /** Holds every request of this instance from this moment on, then tells all others. `said`: what is shown of Graph's answer. */
  raise(organizationId: string, said: Promise<string>): Promise<void>;
}

export interface PaymentFenceDeps {
  readonly payments: PaymentStore;
  /** Reminds of the daily probe. */
  readonly due: DueList;
  readonly now: () => Instant;
  readonly log: Logger;
}

export const PROBE_EVERY_MS = 24 * 3_600_000;
const REREAD_MS = 5_000;
const MOST_KNOWN = 5_000;

export function createPaymentFence({ payments, due, now, log }: PaymentFenceDeps): PaymentFence {
  const raising = new Map<string, Promise<void>>();
  /** Of organizations that nothing is wanted of, when that was read. What is wanted is read every time: it may be paid by now. */
  const clear = new Map<string, Instant>();

  async function write(organizationId: string, said: Promise<string>): Promise<void> {
    const message = await said;
    if (await payments.find(organizationId)) return;
    const since = now();
    const nextProbeAt = since + PROBE_EVERY_MS;
    await due.add({ at: nextProbeAt, organizationId });
    if (await payments.require(organizationId, { since, message, nextProbeAt }))
      log.warn("billing.payment_required", { organizationId });
  }

  return {
    async check(organizationId) {
      for (;;) {
        const open = raising.get(organizationId);
        if (open) await open.catch(() => undefined);
        else if ((clear.get(organizationId) ?? 0) + REREAD_MS > now()) return;
        const state = await payments.find(organizationId);
        if (state) throw new AppError("conflict", "billing.payment_required", state.message);
        if (raising.has(organizationId)) continue;
        clear.delete(organizationId);
        clear.set(organizationId, now());
        const oldest = clear.keys().next().value;
        if (clear.size > MOST_KNOWN && oldest !== undefined) clear.delete(oldest);
      }
    },
    async raise(organizationId, said) {
      clear.delete(organizationId);
      const before = raising.get(organizationId);
      const writing = Promise.allSettled([before]).then(() => write(organizationId, said));
      raising.set(organizationId, writing);
      try {
        await writing;
      } finally {
        clear.delete(organizationId);
        if (raising.get(organizationId) === writing) raising.delete(organizationId);
      }
    },
  };
}
