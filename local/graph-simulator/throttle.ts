import type { PathKind } from "./path-kind.ts";

/** Requests per second by scope. Source: Microsoft Learn, "Microsoft Graph service-specific throttling limits", Teams. */
interface Limit {
  readonly app: number;
  readonly tenant: number;
  readonly chat?: number;
  readonly user?: number;
}

const limits: Partial<Record<PathKind, Limit>> = {
  export: { app: 1000, tenant: 200 },
  retained: { app: 1000, tenant: 200 },
  chats: { app: 200, tenant: 20, user: 1 },
  chat: { app: 2000, tenant: 200, chat: 1, user: 5 },
  messages: { app: 200, tenant: 20, chat: 1 },
  hostedList: { app: 500, tenant: 50, chat: 1 },
  hostedValue: { app: 600, tenant: 60, chat: 1 },
  members: { app: 1500, tenant: 30, chat: 1 },
};

/** The limits are judged on a short burst; what can be kept up is about 83 % of the number. */
const sustainedShare = 0.83;

export interface ThrottleRequest {
  readonly kind: PathKind;
  readonly appId: string;
  readonly tenantId: string;
  readonly chatId?: string | undefined;
  readonly userId?: string | undefined;
}

export interface Throttle {
  /** 0 lets the request through; otherwise how many seconds (with a fraction) until the next one would pass. */
  readonly waitS: (request: ThrottleRequest) => number;
  /** Multiplies the documented limits from now on, or ends them. */
  readonly setScale: (scale: number | "off") => void;
}

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * One bucket per limit and scope: it holds one second's worth of requests and fills at the sustained rate. A refused
 * request still counts, down to one second's worth of debt, so a client that hammers stays out.
 */
export function makeThrottle(initial: number | "off", now: () => number): Throttle {
  const buckets = new Map<string, Bucket>();
  let scale = initial;
  const take = (key: string, limit: number): number => {
    const rate = limit * sustainedShare;
    const capacity = Math.max(1, limit);
    const bucket = buckets.get(key) ?? { tokens: capacity, at: now() };
    const filled = Math.min(capacity, bucket.tokens + ((now() - bucket.at) / 1000) * rate);
    bucket.at = now();
    bucket.tokens = Math.max(-capacity, filled - 1);
    buckets.set(key, bucket);
    return bucket.tokens >= -1e-9 ? 0 : (1 - bucket.tokens) / rate;
  };
  return {
    waitS: (request) => {
      const limit = limits[request.kind];
      const factor = scale;
      if (limit === undefined || factor === "off") return 0;
      const scopes: (readonly [string, number | undefined])[] = [
        [`app|${request.appId}`, limit.app],
        [`tenant|${request.appId}|${request.tenantId}`, limit.tenant],
        [`chat|${request.chatId}`, request.chatId === undefined ? undefined : limit.chat],
        [`user|${request.userId}`, request.userId === undefined ? undefined : limit.user],
      ];
      const waits = scopes.map(([key, rps]) => (rps === undefined ? 0 : take(`${request.kind}|${key}`, rps * factor)));
      return Math.max(...waits);
    },
    setScale: (next) => {
      buckets.clear();
      scale = next;
    },
  };
}
