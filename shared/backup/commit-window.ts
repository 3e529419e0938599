import type { ArchiveOf, ArchiveStore, StoredWindow, WindowRow } from "../archive/archive-store.ts";
import { isAppError } from "../platform/errors.ts";
import { newId } from "../platform/new-id.ts";
import type { WindowPacks } from "./window-packs.ts";

/** Commits what a window brought, and the windows that take its place, given how many versions came of it: undefined when none did,
 * because it has to be read again. Graph may hand out rows of other times, which the window that they belong to brings as well: they
 * are looked up once more when nobody else can commit in between, and whoever commits later learns of them by the stamp. Undefined
 * when the window is to be looked at again: somebody brought versions of it meanwhile, or all of it. */
export async function commitWindow(
  archive: ArchiveStore,
  of: ArchiveOf,
  packs: WindowPacks,
  stored: StoredWindow,
  windowsOf: (versions: number | undefined) => readonly WindowRow[],
): Promise<readonly WindowRow[] | undefined> {
  const own = await packs.finish();
  try {
    for (;;) {
      const stamp = await archive.stamp(of);
      if (await packs.isOvertaken(stamp)) {
        await archive.commit(of, [], windowsOf(undefined), [stored]);
        return undefined;
      }
      const strays = await packs.strays();
      const all = [...own, ...strays];
      const windows = windowsOf(all.reduce((sum, { versions }) => sum + versions, 0));
      const next = strays.length > 0 ? { ...stamp, strays: newId(Date.now()) } : stamp;
      try {
        await archive.commit(of, all, windows, [stored], ...(all.length > 0 ? [next] : []));
        return windows;
      } catch (error) {
        if (!isAppError(error, "archive.overtaken")) throw error;
      }
    }
  } catch (error) {
    // Somebody fetched the same window at the same time and was first: look at what came of it.
    if (isAppError(error, "storage.changed") || isAppError(error, "storage.not_found")) return undefined;
    throw error;
  }
}
