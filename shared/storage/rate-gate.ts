import type { RateBucket, RateGate, RateScope } from "../backup/rate-gate.ts";
import type { RateLimits } from "../backup/rate-limits.ts";
import { AppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import { createRateRow, type RateRow, type RateRowDeps } from "./rate-row.ts";

export interface RateGateDeps extends RateRowDeps {
  readonly limits: RateLimits;
}

/** Longer waits leave the process; a durable timer waits. */
const PATIENCE_MS = 60_000;
const MOST_HELD = 1_000;

/** The gate over Table rows: partition `tenant|{tenantId}` and `app|{clientId}`, row `rate`. One instance of it per process: an instance
 * is one fetcher, however many activities it runs, and hands out its share of the rate in turns. */
export function createRateGate(deps: RateGateDeps): RateGate {
  const { now, sleep, limits } = deps;
  const rows = new Map<string, RateRow>();
  const row = (partitionKey: string): RateRow => {
    const known = rows.get(partitionKey) ?? createRateRow(deps, partitionKey);
    rows.delete(partitionKey);
    rows.set(partitionKey, known);
    const oldest = rows.keys().next().value;
    if (rows.size > MOST_HELD && oldest !== undefined) rows.delete(oldest);
    return known;
  };
  const tenantRow = ({ tenantId }: RateScope) => row(`tenant|${tenantId.toLowerCase()}`);
  const appRow = ({ clientId }: RateScope) => row(`app|${clientId.toLowerCase()}`);

  return {
    async turn(scope, bucket, signal) {
      const [tenant, app] = [tenantRow(scope), appRow(scope)];
      for (;;) {
        signal?.throwIfAborted();
        await Promise.all([tenant.refresh(), app.refresh()]);
        const fence = Math.max(tenant.fence(bucket), app.fence(bucket));
        if (fence > now()) {
          patiently(fence, bucket);
          await sleep(fence - now(), signal);
          continue;
        }
        const opensAt = Math.max(tenant.opensAt(), app.opensAt());
        if (opensAt > now()) {
          await sleep(opensAt - now(), signal);
          continue;
        }
        // Nothing may be awaited between the look at the queue and taking a place in it.
        const at = Math.max(tenant.peek(bucket, limits[bucket].tenant), app.peek(bucket, limits[bucket].app));
        patiently(at, bucket);
        tenant.take(bucket, at);
        app.take(bucket, at);
        if (at > now()) await sleep(at - now(), signal);
        if (Math.max(tenant.fence(bucket), app.fence(bucket)) <= now()) return;
      }
    },
    fence: (scope, bucket, notBefore) => tenantRow(scope).raise(bucket, notBefore),
  };

  function patiently(until: Instant, bucket: RateBucket): void {
    if (until - now() <= PATIENCE_MS) return;
    throw new AppError("too_many", "graph.throttled", "Microsoft asks for a pause", {
      notBefore: until,
      context: { bucket },
    });
  }
}
