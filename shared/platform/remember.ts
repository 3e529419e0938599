import type { Instant } from "./time.ts";

const MOST_REMEMBERED = 5_000;

/** The same reading, done at most once in `freshMs` for each arguments; a failure is not remembered. Holds up to 5,000 answers. */
export function remember<A extends readonly string[], T>(
  read: (...args: A) => Promise<T>,
  freshMs: number,
  now: () => Instant,
): (...args: A) => Promise<T> {
  const known = new Map<string, { readonly value: Promise<T>; readonly at: Instant }>();
  return (...args) => {
    const key = JSON.stringify(args);
    const found = known.get(key);
    if (found && found.at > now() - freshMs) return found.value;
    const value = read(...args);
    value.catch(() => known.delete(key));
    known.delete(key);
    known.set(key, { value, at: now() });
    const oldest = known.keys().next().value;
    if (known.size > MOST_REMEMBERED && oldest !== undefined) known.delete(oldest);
    return value;
  };
}
