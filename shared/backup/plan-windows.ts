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

/** The end of what is covered without a gap since the start of history. */
export const checkpointOf = (windows: readonly TimeWindow[]): Instant => coveredFrom(HISTORY_START, windows);

/** Whether the windows leave no gap in a stretch. */
export const covers = (windows: readonly TimeWindow[], { from, to }: TimeWindow): boolean =>
  coveredFrom(from, windows) >= to;

function coveredFrom(start: Instant, windows: readonly TimeWindow[]): Instant {
  let covered = start;
  for (const { from, to } of [...windows].sort((a, b) => a.from - b.from)) {
    if (from > covered) break;
    covered = Math.max(covered, to);
  }
  return covered;
}

/** New windows, so that together with the known ones everything up to `end` is covered: from the checkpoint on, less the
 * overlap, to be fetched side by side. Export lags by up to a day and is unordered, so the overlap is what catches late
 * arrivals. Stretches that are pending already are left out: they are fetched in the same run, and what two windows bring
 * at the same time would be counted as new twice. */
export function planWindows(
  known: readonly (TimeWindow & { readonly state: "pending" | "done" })[],
  end: Instant,
  overlapMs: number,
): TimeWindow[] {
  const start = Math.max(HISTORY_START, checkpointOf(known) - overlapMs);
  const windows: TimeWindow[] = [];
  for (let to = end, length = NEWEST_MS; to > start; to -= length, length *= 2) {
    windows.unshift({ from: Math.max(start, to - length), to });
  }
  const pending = known.filter(({ state }) => state === "pending");
  return windows.flatMap((window) => pending.reduce(without, [window]));
}

function without(windows: readonly TimeWindow[], hole: TimeWindow): TimeWindow[] {
  return windows.flatMap(({ from, to }) =>
    [
      { from, to: Math.min(to, hole.from) },
      { from: Math.max(from, hole.to), to },
    ].filter((rest) => rest.from < rest.to),
  );
}

/** A window in so many equal parts, or fewer, so that none is shorter than `shortestMs`. */
export function cutWindow({ from, to }: TimeWindow, parts: number, shortestMs: number): TimeWindow[] {
  const count = Math.max(1, Math.min(parts, Math.floor((to - from) / shortestMs)));
  const edge = (place: number) => (place === count ? to : from + Math.floor(((to - from) * place) / count));
  return Array.from({ length: count }, (_, place) => ({ from: edge(place), to: edge(place + 1) }));
}

/** Graph's filter is exact to the millisecond, its answer is not: a window of less than two of these goes on by nextLink alone. */
const SHORTEST_MS = 1_000;
const PIECES = 16;

/** A window that nothing was finished of in time, or that alone where it is too short to cut. */
export const halvesOf = (window: TimeWindow): TimeWindow[] => cutWindow(window, 2, SHORTEST_MS);

/** What leads in circles, or proves too much for those that go on with it, is left to so many; that alone where it is too short. */
export const piecesOf = (window: TimeWindow): TimeWindow[] => cutWindow(window, PIECES, SHORTEST_MS);

/** More than one activity, and those that go on where it stopped, should take: the names of what is known of a window are held in memory. */
export const MOST_OF_WINDOW = 100_000;
const SAMPLES = 8;

/** Short stretches, spread over a window. Had it `MOST_OF_WINDOW`, and were it full all over, each would have a page of so many rows. */
export function samplesOf({ from, to }: TimeWindow, pageRows: number): TimeWindow[] {
  const length = Math.ceil(((to - from) * pageRows) / MOST_OF_WINDOW);
  return cutWindow({ from, to }, SAMPLES, length).map((part) => {
    const start = part.from + Math.floor((part.to - part.from - length) / 2);
    return { from: start, to: start + length };
  });
}
