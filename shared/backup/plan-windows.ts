import type { Instant } from "../platform/time.ts";

/** `from` included, `to` excluded. */
export interface TimeWindow {
  readonly from: Instant;
  readonly to: Instant;
}

/** Before Teams existed. */
export const HISTORY_START: Instant = 1_477_958_400_000; // 2016-11-01T00:00:00Z
/** The newest window; each one before it is twice as long. People's chats are dense near today and thin out backwards, and a
 * window that proves too much is cut in two. */
const NEWEST_MS = 366 * 86_400_000;
/** Graph's filter is exact to the millisecond, its answer is not: halves below this go on by nextLink instead. */
const SHORTEST_MS = 1_000;

/** The end of what is covered without a gap since the start of history. */
export function checkpointOf(windows: readonly TimeWindow[]): Instant {
  let covered = HISTORY_START;
  for (const { from, to } of [...windows].sort((a, b) => a.from - b.from)) {
    if (from > covered) break;
    covered = Math.max(covered, to);
  }
  return covered;
}

/** Windows still to be fetched so that everything up to `end` is covered: those that an earlier run left pending as they
 * are, and from the checkpoint on, less the overlap, new ones, to be fetched side by side. Export lags by up to a day and is
 * unordered, so the overlap is what catches late arrivals. */
export function planWindows(known: readonly TimeWindow[], end: Instant, overlapMs: number): TimeWindow[] {
  const start = Math.max(HISTORY_START, checkpointOf(known) - overlapMs);
  const windows: TimeWindow[] = [];
  for (let to = end, length = NEWEST_MS; to > start; to -= length, length *= 2) {
    windows.unshift({ from: Math.max(start, to - length), to });
  }
  return windows;
}

/** The two halves of a window, always the same; undefined when it is too short to be cut. */
export function splitWindow({ from, to }: TimeWindow): readonly [TimeWindow, TimeWindow] | undefined {
  if (to - from < 2 * SHORTEST_MS) return undefined;
  const middle = from + Math.floor((to - from) / 2);
  return [
    { from, to: middle },
    { from: middle, to },
  ];
}
