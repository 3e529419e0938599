import { isAppError } from "../../platform/errors.ts";
import type { ArchiveOf, ArchiveStore } from "../archive-store.ts";
import { decodeManifest, toldChanges } from "../manifest.ts";
import type { PackChange } from "../manifest-store.ts";

/** Those that manifests and changes tell to be there, whatever became of their rows; all of them where a manifest cannot be read. */
export async function toldAmong(
  archive: ArchiveStore,
  of: ArchiveOf,
  names: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const told = new Set<string>();
  const play = ({ added, replaced = [], removed }: PackChange) => {
    for (const { sha256 } of [...replaced, ...(removed?.packs ?? [])]) told.delete(sha256);
    for (const { sha256 } of added) if (names.has(sha256)) told.add(sha256);
  };
  try {
    for await (const { number, sha256 } of archive.manifests(of))
      toldChanges(decodeManifest(await archive.readManifest(of, number), sha256)).forEach(play);
  } catch (error) {
    if (isAppError(error, "archive.damaged")) return names;
    throw error;
  }
  for await (const change of archive.changes(of)) play(change);
  return told;
}
