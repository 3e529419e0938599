import type { ArchiveOf, ArchiveStore, StoredWindow, WindowRow } from "../archive/archive-store.ts";
import { isAppError } from "../platform/errors.ts";
import { newId } from "../platform/new-id.ts";
import type { WindowPacks } from "./window-packs.ts";

/** Commits what a window brought, and the windows that take its place, given how many versions came of it. Graph may hand out rows of
 * other times, which the window that they belong to brings as well: whatever somebody else has committed since the window was begun is
 * left out, as of a stamp that the commit replaces. Undefined when the window is to be looked at again: somebody brought all of it
 * meanwhile. */
export async function commitWindow(
  archive: ArchiveStore,
  of: ArchiveOf,
  packs: WindowPacks,
  stored: StoredWindow,
  windowsOf: (versions: number) => readonly WindowRow[],
): Promise<readonly WindowRow[] | undefined> {
  await packs.finish();
  for (;;) {
    const stamp = await archive.stamp(of);
    const strays = await packs.strays();
    const all = [...(await packs.own(stamp)), ...strays];
    const windows = windowsOf(all.reduce((sum, { versions }) => sum + versions, 0));
    const next = strays.length > 0 ? { ...stamp, strays: newId(Date.now()) } : stamp;
    try {
      await archive.commit(of, all, windows, [stored], ...(all.length > 0 ? [next] : []));
      return windows;
    } catch (error) {
      // Somebody fetched the same window at the same time and was first: look at what came of it.
      if (isAppError(error, "storage.changed") || isAppError(error, "storage.not_found")) return undefined;
      if (!isAppError(error, "archive.overtaken")) throw error;
    }
  }
}
