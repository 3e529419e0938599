import type { ArchiveOf, ArchiveStore, WindowRow } from "../archive/archive-store.ts";
import type { Step } from "../platform/activity.contract.ts";
import { isDisturbedBy } from "./disturbed-windows.ts";
import { covers, type TimeWindow } from "./plan-windows.ts";

/** What is to be fetched next; `more`: that is not all. */
export interface Rest {
  readonly rest: TimeWindow[];
  readonly more?: true;
}

/** So many stand in an orchestration's history: one change may show thousands to have been disturbed. */
const MOST_REST = 100;

/** A repeat of a call whose answer was lost, or came too late: the window's row is done, or went when others came in its place, in one
 * transaction. What is left of it, and what it showed to have been disturbed, is answered again. */
export async function restOf(
  archive: ArchiveStore,
  of: ArchiveOf,
  window: TimeWindow,
  runId: string,
): Promise<Step<Rest>> {
  const rows = await Array.fromAsync(archive.windows(of));
  if (!covers(rows, window)) return { status: "failed", code: "backup.window_lost" };
  const rest = rows.filter(
    (row) => (row.state === "pending" && isInside(row, window)) || isDisturbedBy(row, window, runId),
  );
  return { status: "done", result: restIn(rest) };
}

/** What takes the place of a window that was read, as far as it is pending, and what is to be read again because of it: a try that was
 * broken off between the transactions of its commit may have put some of these down, and what led to them is known since. */
export async function restAfter(
  archive: ArchiveStore,
  of: ArchiveOf,
  row: WindowRow,
  windows: readonly WindowRow[],
): Promise<Rest> {
  const pending = windows.filter(({ state }) => state === "pending");
  if (row.seen === 0) return restIn(pending);
  for await (const other of archive.windows(of)) {
    const isNamed = pending.some(({ from, to }) => from === other.from && to === other.to);
    const isPart = other.state === "pending" && other.runId === row.runId && isInside(other, row);
    if (!isNamed && (isPart || isDisturbedBy(other, row, row.runId))) pending.push(other);
  }
  return restIn(pending);
}

function restIn(pending: readonly TimeWindow[]): Rest {
  const rest = pending.slice(0, MOST_REST).map(bounds);
  return pending.length > rest.length ? { rest, more: true } : { rest };
}

const isInside = ({ from, to }: TimeWindow, window: TimeWindow): boolean => from >= window.from && to <= window.to;

const bounds = ({ from, to }: TimeWindow): TimeWindow => ({ from, to });
