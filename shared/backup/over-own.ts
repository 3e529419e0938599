import type { ArchiveOf, ArchiveStore, StoredWindow, WindowRow } from "../archive/archive-store.ts";
import { withCountsOf } from "./window-parts.ts";

/** Windows that are to be put down, with what their run has counted of others of the same bounds, and the rows of these, which they
 * replace. A window that is read again in pieces may lie over pieces of it that the run has read for another reason. */
export async function overOwn(
  archive: ArchiveStore,
  of: ArchiveOf,
  windows: readonly WindowRow[],
  { from, to }: StoredWindow,
): Promise<{ readonly windows: readonly WindowRow[]; readonly replaced: readonly StoredWindow[] }> {
  const replaced: StoredWindow[] = [];
  const put: WindowRow[] = [];
  for (const window of windows) {
    const isItself = window.from === from && window.to === to;
    const row = isItself ? undefined : await archive.window(of, window.from, window.to);
    const own = row?.runId === window.runId ? row : undefined;
    if (own) replaced.push(own);
    put.push(own ? withCountsOf(window, own) : window);
  }
  return { windows: put, replaced };
}
