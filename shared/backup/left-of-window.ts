import type { WindowRow } from "../archive/archive-store.ts";
import { halvesOf, MOST_OF_WINDOW, piecesOf, type TimeWindow } from "./plan-windows.ts";
import type { Reading } from "./read-window.ts";
import { joined, withCounts } from "./window-parts.ts";

/** Of a window that has just been begun so few pages may be read again for the sake of a cut. */
const FEW_PAGES = 3;

/** `versions`: how many it brought. `names`: of how many versions, known and new, the names are held. `isInDoubt`: some of what is
 * archived could not be read. */
interface Brought {
  readonly versions: number;
  readonly names: number;
  readonly isInDoubt: boolean;
}

export const isRead = ({ windows }: Reading): boolean => windows.every(({ state }) => state === "done");

export const canCut = (window: TimeWindow): boolean => halvesOf(window).length > 1;

/** What takes a window's place once it was read as far as it was. In doubt all of it stays to be done, so that each run looks, and says so,
 * until it is. */
export function leftOfWindow(row: WindowRow, read: Reading, { isInDoubt, ...brought }: Brought): readonly WindowRow[] {
  if (!isInDoubt) return smaller(row, read, brought);
  const left = isRead(read) ? [joined(row, read.windows)] : smaller(row, read, brought);
  return left.map(({ readAt: _, ...part }) => ({ ...part, state: "pending" }));
}

/** One that failed before a stretch of it was finished stays whole, so that its next try waits. One of
 * which nothing was finished in time is halved when it has just been begun, and goes on where it stopped otherwise: unless that brought
 * nothing new, because the place leads in circles, or more names are known of it than should be held. */
function smaller(
  row: WindowRow,
  { windows, pages, failure }: Reading,
  { versions, names }: Omit<Brought, "isInDoubt">,
): readonly WindowRow[] {
  const isWhole = windows.length === 1 || (failure !== undefined && windows.every(({ state }) => state === "pending"));
  if (!isWhole) return windows;
  const whole = joined(row, windows);
  if (whole.state === "done" || failure !== undefined) return [whole];
  const isBegun = row.nextLink !== undefined && whole.nextLink !== undefined;
  const isStale = isBegun && (versions === 0 || names >= MOST_OF_WINDOW);
  if (!isStale && whole.nextLink !== undefined && (isBegun || pages > FEW_PAGES)) return [whole];
  const parts = isStale ? piecesOf(whole) : halvesOf(whole);
  return parts.length < 2 ? [whole] : withCounts(whole, parts);
}
