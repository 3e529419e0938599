import type { Instant } from "./time.ts";

const MOST_REMEMBERED = 5_000;

interface Remembering {
  /** How many answers are held; beyond it the oldest goes. */
  readonly most?: number;
  /** How long an answer is good for. Default: as long as it is held. */
  readonly fresh?: { readonly ms: number; readonly now: () => Instant };
}

/** The same reading, done once for each arguments while its answer is held and good; a failure is not remembered. */
export function remember<A extends readonly (string | number)[], T>(
  read: (...args: A) => Promise<T>,
  { most = MOST_REMEMBERED, fresh = { ms: Number.POSITIVE_INFINITY, now: () => 0 } }: Remembering = {},
): (...args: A) => Promise<T> {
  const known = new Map<string, { readonly value: Promise<T>; readonly at: Instant }>();
  return (...args) => {
    const key = JSON.stringify(args);
    const found = known.get(key);
    if (found && found.at > fresh.now() - fresh.ms) return found.value;
    const value = read(...args);
    value.catch(() => known.delete(key));
    known.delete(key);
    known.set(key, { value, at: fresh.now() });
    const oldest = known.keys().next().value;
    if (known.size > most && oldest !== undefined) known.delete(oldest);
    return value;
  };
}
