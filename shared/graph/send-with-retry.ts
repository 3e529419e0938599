import { AppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import { retryAfter } from "./retry-after.ts";

/** Passes over by itself: throttled, or a server in trouble. */
const RETRYABLE = new Set([429, 500, 502, 503, 504]);
const BACKOFF_MS = [1_000, 3_000, 8_000, 20_000];
/** What one request may wait inside the process, over all of its tries; a durable timer waits for what takes longer. */
const PATIENCE_MS = 60_000;
/** The same with the time that servers took to fail; no further try begins after it. */
const LONGEST_MS = 90_000;
/** For 429 without a header, after the tries are used up. */
const THROTTLED_MS = 120_000;
/** The same for a header that allowed to come back sooner, and was not meant. */
const INSISTED_MS = 20_000;
/** A server that asks for less than this, again and again, is not taken at its word: waits grow as without a header. */
const SHORTEST_MS = 1_000;

export interface RetryDeps {
  readonly now: () => Instant;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Hears of every throttled answer, with the instant at which the server wants to be asked again. */
  readonly throttled?: (notBefore: Instant) => Promise<void>;
}

/** Sends until the answer is not a passing failure, or tries or patience end: then the last answer is returned, or its network
 * error thrown as `graph.unavailable`. A 429, or any of them with Retry-After, that wants more patience is thrown
 * as `graph.throttled` with its notBefore. Retry-After is obeyed to the second; without it waits grow. An AppError of `send` and an
 * abort by the signal are thrown as they are. */
export async function sendWithRetry(
  send: () => Promise<Response>,
  { now, sleep, throttled }: RetryDeps,
  signal?: AbortSignal,
): Promise<Response> {
  const startedAt = now();
  let waitedMs = 0;
  for (let attempt = 0; ; attempt++) {
    const answer = await outcome(send, signal);
    if (answer instanceof Response && !RETRYABLE.has(answer.status)) return answer;
    const status = answer instanceof Response ? answer.status : undefined;
    const asked = answer instanceof Response ? retryAfter(answer.headers.get("retry-after"), now()) : undefined;
    const busy = status === 429 || asked !== undefined;
    const backoffMs = BACKOFF_MS[attempt];
    if (busy && throttled) await throttled(asked ?? now() + (backoffMs ?? THROTTLED_MS));
    const askedMs = asked === undefined ? undefined : asked - now();
    const trusted = askedMs !== undefined && (attempt === 0 || askedMs >= SHORTEST_MS);
    const waitMs = trusted ? askedMs : jitter(backoffMs);
    const late = now() - startedAt > LONGEST_MS;
    if (late || backoffMs === undefined || waitedMs + waitMs > PATIENCE_MS) {
      const soonest = now() + (backoffMs === undefined ? INSISTED_MS : 0);
      if (busy) throw await throttledError(answer, Math.max(asked ?? now() + THROTTLED_MS, soonest));
      if (answer instanceof Response) return answer;
      throw new AppError("unavailable", "graph.unavailable", "The connection failed again and again", {
        cause: answer,
      });
    }
    if (answer instanceof Response) await answer.body?.cancel();
    await sleep(waitMs, signal);
    waitedMs += waitMs;
  }
}

async function outcome(send: () => Promise<Response>, signal?: AbortSignal): Promise<Response | Error> {
  try {
    return await send();
  } catch (error) {
    if (signal?.aborted || error instanceof AppError || !(error instanceof Error)) throw error;
    return error;
  }
}

async function throttledError(answer: Response | Error, notBefore: Instant): Promise<AppError> {
  if (answer instanceof Response) await answer.body?.cancel();
  return new AppError("too_many", "graph.throttled", "Microsoft asks for a pause", { notBefore });
}

/** Spreads tries of many workers over a fifth of the wait. */
const jitter = (ms = 0): number => Math.round(ms * (1 + Math.random() / 5));
