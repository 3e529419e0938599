import type { Instant } from "../platform/time.ts";

/** Graph wants payment for an organization's exports. */
export interface PaymentState {
  readonly since: Instant;
  /** With Graph's own words. */
  readonly message: string;
  readonly probedAt?: Instant;
  readonly nextProbeAt: Instant;
}

/** One row per organization while Graph wants payment; shared by all instances. Errors: `storage.unavailable`. */
export interface PaymentStore {
  find(organizationId: string): Promise<PaymentState | undefined>;
  /** True for the first who writes it; what stands there stays. */
  require(organizationId: string, state: PaymentState): Promise<boolean>;
  /** Nothing happens when payment is no longer wanted. */
  change(organizationId: string, change: Partial<PaymentState>): Promise<void>;
  clear(organizationId: string): Promise<void>;
}
