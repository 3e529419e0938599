import { isDeepStrictEqual } from "node:util";
import {
  type ArchiveOf,
  type ArchiveStore,
  AT_ONCE,
  NO_COUNTS,
  type PackRow,
  type StoredWindow,
  type WindowRow,
} from "../archive/archive-store.ts";
import { isAppError } from "../platform/errors.ts";
import { overOwn } from "./over-own.ts";
import { withCountsOf } from "./window-parts.ts";
import type { WindowPacks } from "./window-packs.ts";

/** What a window is to be marked as, given how many versions of it are committed. */
export interface WindowMarks {
  /** Itself, when more are to come. */
  between(versions: number): WindowRow;
  /** What takes its place when all are. */
  after(versions: number): readonly WindowRow[];
  /** Windows to be read again because of what it brings. */
  readonly others: readonly WindowRow[];
}

/** Commits what a window brought, and the windows that take its place, and answers the latter. Graph may hand out rows of
 * other times, which the window that they belong to brings as well: whatever somebody else has committed since the window was begun is
 * left out, as of a stamp that the commit replaces, and nothing is made of a window that somebody else has committed. What is more than
 * a transaction holds goes in several, each with the window as it
 * then stands: what is counted is what is visible, whatever ends it in between. Undefined when the window is to be looked at again:
 * somebody brought all of it meanwhile. */
export async function commitWindow(
  archive: ArchiveStore,
  of: ArchiveOf,
  packs: WindowPacks,
  stored: StoredWindow,
  marks: WindowMarks,
): Promise<readonly WindowRow[] | undefined> {
  await packs.finish();
  let before: StoredWindow | undefined = stored;
  let done: Committed = { versions: 0, put: [] };
  while (before) {
    const stamp = await archive.stamp(of);
    const own = await packs.own(stamp);
    const all = own.length > AT_ONCE.packs ? own : [...own, ...(await packs.strays())];
    const next = nextCommit(all, done, marks);
    const { windows, replaced } = await overOwn(archive, of, next.windows, before);
    if (!stays(before, windows) && !(await isAsRead(archive, of, before))) return undefined;
    try {
      await archive.commit(of, next.packs, windows, [before, ...replaced], stamp);
    } catch (error) {
      if (isAppError(error, "archive.overtaken")) continue;
      // Somebody fetched the same window at the same time and was first: look at what came of it.
      if (isAppError(error, "storage.changed") || isAppError(error, "storage.not_found")) return undefined;
      throw error;
    }
    const [window, ...others] = windows;
    if (next.isLast || !window) return [...windows, ...done.put];
    await packs.committed(next.packs);
    done = { versions: done.versions + versionsOf(next.packs), put: [...done.put, ...others] };
    before = await unchangedSince(archive, of, window);
  }
  return undefined;
}

/** `put`: first of the windows to be read again, then of those that take the window's place. */
interface Committed {
  readonly versions: number;
  readonly put: readonly WindowRow[];
}

/** What the next transaction makes visible, the window itself first unless it is the last. While parts of it are put down, the window
 * keeps the counts of those that are not. */
function nextCommit(
  all: readonly PackRow[],
  { versions, put }: Committed,
  marks: WindowMarks,
): { readonly packs: readonly PackRow[]; readonly windows: readonly WindowRow[]; readonly isLast: boolean } {
  const packs = all.slice(0, AT_ONCE.packs);
  const sum = versions + versionsOf(packs);
  const untold = marks.others.slice(put.length);
  const after = marks.after(sum);
  // From the end: the first part has most of the counts, which tell the next try that it is not the first.
  const parts = after.slice(0, after.length - Math.max(0, put.length - marks.others.length));
  const last = [...parts, ...untold];
  const most = packs.length > 0 ? AT_ONCE.windows : AT_ONCE.windowsAlone;
  if (all.length === packs.length && last.length <= most) return { packs, windows: last, isLast: true };
  // Before any pack: to whoever reads the window again, the versions that led to them are known, and lead to none.
  const some = AT_ONCE.windowsAlone - 1;
  if (untold.length > 0)
    return { packs: [], windows: [marks.between(versions), ...untold.slice(0, some)], isLast: false };
  if (packs.length > 0) return { packs, windows: [marks.between(sum)], isLast: false };
  const own = parts.slice(0, -some).reduce(withCountsOf, { ...marks.between(sum), ...NO_COUNTS });
  return { packs, windows: [own, ...parts.slice(-some)], isLast: false };
}

const versionsOf = (rows: readonly PackRow[]): number => rows.reduce((sum, { versions }) => sum + versions, 0);

const stays = ({ from, to }: StoredWindow, windows: readonly WindowRow[]): boolean =>
  windows.some((window) => window.from === from && window.to === to);

/** Looked at after the stamp was read, which every commit of a window takes: the service deletes a row in a transaction whatever its ETag,
 * so that a window which is cut would take along what somebody else made of it. */
async function isAsRead(archive: ArchiveStore, of: ArchiveOf, { from, to, etag }: StoredWindow): Promise<boolean> {
  return (await archive.window(of, from, to))?.etag === etag;
}

/** The window as it was just written; undefined when somebody wrote it since. */
async function unchangedSince(
  archive: ArchiveStore,
  of: ArchiveOf,
  written: WindowRow,
): Promise<StoredWindow | undefined> {
  const found = await archive.window(of, written.from, written.to);
  if (!found) return undefined;
  const { etag: _, ...row } = found;
  return isDeepStrictEqual(row, written) ? found : undefined;
}
