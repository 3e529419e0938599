import type { Instant } from "../platform/time.ts";

interface Stretch {
  readonly from: Instant;
  readonly to: Instant;
}

/** The same time in as few stretches as it takes, in order: those that touch or overlap become one. */
export function joinWindows(windows: readonly Stretch[]): Stretch[] {
  const joined: Stretch[] = [];
  for (const { from, to } of [...windows].sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last && from <= last.to) joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, to) };
    else joined.push({ from, to });
  }
  return joined;
}
