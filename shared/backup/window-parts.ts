import { NO_COUNTS, type WindowRow } from "../archive/archive-store.ts";
import type { PageCounts } from "./read-window.ts";

/** A row after a page of so many. */
export const counted = (row: WindowRow, seen: number, page: PageCounts): WindowRow => ({
  ...row,
  seen: row.seen + seen,
  added: row.added + page.added,
  unchanged: row.unchanged + page.unchanged,
  malformed: row.malformed + page.malformed,
});

/** The parts of a row, the first of them with all that was counted. */
export function withCounts(
  row: WindowRow,
  parts: readonly { readonly from: number; readonly to: number }[],
): WindowRow[] {
  return parts.map((part, place) => ({ ...withoutLink(row), ...(place === 0 ? {} : NO_COUNTS), ...part }));
}

/** A row with what was counted in another, too. */
export const withCountsOf = (row: WindowRow, other: WindowRow): WindowRow => ({
  ...row,
  seen: row.seen + other.seen,
  added: row.added + other.added,
  unchanged: row.unchanged + other.unchanged,
  malformed: row.malformed + other.malformed,
});

/** The parts of a row as one again. */
export function joined(row: WindowRow, parts: readonly WindowRow[]): WindowRow {
  const [first = row, ...others] = parts;
  const add = (a: WindowRow, b: WindowRow) => withCountsOf(withoutLink(a), b);
  return { ...others.reduce(add, first), from: row.from, to: row.to };
}

/** To be read from its start. */
export function withoutLink({ nextLink: _, begunAt: __, ...row }: WindowRow): WindowRow {
  return row;
}

/** A window of which so many versions, counted as added, were known. */
export const known = (window: WindowRow, versions: number): WindowRow => ({
  ...window,
  added: window.added - versions,
  unchanged: window.unchanged + versions,
});

/** The same of several windows, whichever of them counted them. */
export function allKnown(windows: readonly WindowRow[], versions: number): WindowRow[] {
  let left = versions;
  return windows.map((window) => {
    const moved = Math.min(left, window.added);
    left -= moved;
    return known(window, moved);
  });
}
