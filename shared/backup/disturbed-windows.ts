import { type ArchiveOf, type ArchiveStore, NO_COUNTS, type WindowRow } from "../archive/archive-store.ts";
import { decodeManifest } from "../archive/manifest.ts";
import type { VersionKeys } from "../archive/version.ts";
import { isAppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import { covers, type TimeWindow } from "./plan-windows.ts";

interface ReadEarlier extends TimeWindow {
  readonly readAt: Instant;
}

/** Graph's pages go by offset: when a message of a window is changed while the window is read page after page, it leaves the window,
 * and those behind it move up, one of them onto a page that was read before. Nothing tells of it then. But the change itself is
 * new to the next run, and names the windows that it may have left: from its creation on, read while it happened. */
export interface DisturbedWindows {
  /** Takes a version that was not known. */
  note(version: VersionKeys): Promise<void>;
  /** What to read again, and was not yet read again in this run: to be put down as it is. */
  found(): Promise<WindowRow[]>;
}

/** From the first page of a window to its last. */
export const LONGEST_READING_MS = 24 * 3_600_000;
/** The export shows a change up to a day late. */
const LATEST_MS = 25 * 3_600_000 + LONGEST_READING_MS;
/** Graph's clock is not ours, and ours are several. */
const APART_MS = 600_000;

export function openDisturbed(store: ArchiveStore, of: ArchiveOf, window: TimeWindow, runId: string): DisturbedWindows {
  let reading: Promise<ReadEarlier[]> | undefined;
  const found = new Map<string, TimeWindow>();
  return {
    async note({ createdAt, modifiedAt }) {
      if (createdAt === undefined || modifiedAt === undefined || createdAt >= modifiedAt) return;
      reading ??= readEarlier(store, of, window.from - APART_MS, runId);
      for (const { from, to, readAt } of await reading) {
        if (from === window.from && to === window.to) continue;
        const isInside = from < modifiedAt && to > createdAt;
        const isMeanwhile = modifiedAt >= readAt - LATEST_MS && modifiedAt <= readAt + APART_MS;
        if (isInside && isMeanwhile) found.set(nameOf({ from, to }), { from, to });
      }
    },
    async found() {
      const left: TimeWindow[] = [];
      for (const one of found.values()) if (!(await isReadNow(store, of, one, runId))) left.push(one);
      const disturbedBy = nameOf(window);
      return left.map((one) => ({ ...NO_COUNTS, ...one, state: "pending", runId, disturbedBy }));
    },
  };
}

/** Whether a window is still to be read again in this run because of what that one brought. */
export const isDisturbedBy = (row: WindowRow, window: TimeWindow, inRun: string): boolean =>
  row.state === "pending" && row.runId === inRun && row.disturbedBy === nameOf(window);

/** Whether a window was read in this run, whole or in pieces, or will be: once is enough, otherwise one that somebody keeps changing
 * would never end. Put down once more while it is read, it would lose what was counted of it. */
async function isReadNow(store: ArchiveStore, of: ArchiveOf, window: TimeWindow, runId: string): Promise<boolean> {
  const isNow = (row: WindowRow) => row.runId === runId || row.state === "pending";
  const whole = await store.window(of, window.from, window.to);
  if (whole) return isNow(whole);
  return covers((await Array.fromAsync(store.windows(of, window))).filter(isNow), window);
}

/** Windows of several pages that earlier runs read at `since` or later. */
async function readEarlier(store: ArchiveStore, of: ArchiveOf, since: Instant, runId: string): Promise<ReadEarlier[]> {
  const read: ReadEarlier[] = [];
  const take = ({ from, to, readAt }: Pick<WindowRow, "from" | "to" | "readAt">) => {
    if (readAt !== undefined && readAt >= since) read.push({ from, to, readAt });
  };
  // Those of this run are as many as the account is large; of earlier ones few are left.
  for await (const row of store.windowsReadSince(of, since, runId)) take(row);
  for (let number = (await store.lastManifest(of))?.number ?? 0; number > 0; number--) {
    const windows = await windowsOf(store, of, number);
    windows.forEach(take);
    // The run began there; all runs before it had ended.
    if (windows.length > 0 && Math.max(...windows.map(({ to }) => to)) <= since) break;
  }
  return read;
}

const nameOf = ({ from, to }: TimeWindow): string => `${from} ${to}`;

async function windowsOf(store: ArchiveStore, of: ArchiveOf, number: number) {
  try {
    const { windows } = decodeManifest(await store.readManifest(of, number));
    return windows.map(({ from, to, readAt }) => ({
      from: Date.parse(from),
      to: Date.parse(to),
      ...(readAt === undefined ? {} : { readAt: Date.parse(readAt) }),
    }));
  } catch (error) {
    // Damage is named where the next manifest is written.
    if (isAppError(error, "archive.damaged")) return [];
    throw error;
  }
}
