import type { Instant } from "../platform/time.ts";

/** Requests that share one of Graph's limits. */
export type RateBucket = "export" | "chats" | "teams" | "hosted" | "files" | "directory";

/** Whose limit is used: the tenant's, and the app's over all of its tenants. */
export interface RateScope {
  readonly tenantId: string;
  readonly clientId: string;
}

/** Keeps all instances of the app together below Graph's limits, by one small shared row per tenant and one per app: until
 * when the tenant asked to be left alone (the fence), and which instances fetch. Each instance paces itself at the
 * rate divided by the instances; what it knows of the others is at most 5 s old, so one that comes to others sends nothing for that
 * long. Rejects with `storage.unavailable` when the row cannot be read, or not be signed. */
export interface RateGate {
  /** Resolves when one request may be sent. Rejects with `graph.throttled` and its notBefore when that is more than a
   * minute away, and with the signal's reason when it aborts. */
  turn(scope: RateScope, bucket: RateBucket, signal?: AbortSignal): Promise<void>;
  /** Tells everybody that Graph wants no such request of this tenant before that instant. A fence is never moved back. */
  fence(scope: RateScope, bucket: RateBucket, notBefore: Instant): Promise<void>;
}
