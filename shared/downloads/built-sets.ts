import type { DownloadStore, FileSet, WrittenZip } from "./download-store.ts";

/** A file set with the zips that are written of its rendering. */
export interface BuiltSet {
  readonly set: FileSet;
  readonly zips: readonly WrittenZip[];
  /** Every zip is there. */
  readonly isWhole: boolean;
}

/** How far a download is, file set by file set, from the number `first` on. Streams the rows, whatever their number. */
export async function* builtSets(
  downloads: DownloadStore,
  organizationId: string,
  downloadId: string,
  first = 0,
): AsyncGenerator<BuiltSet> {
  const written = downloads.zips(organizationId, downloadId, first);
  let next = await written.next();
  for await (const set of downloads.sets(organizationId, downloadId, first)) {
    const zips: WrittenZip[] = [];
    for (; !next.done && next.value.set <= set.set; next = await written.next())
      if (next.value.digest === set.rendered?.digest) zips.push(next.value);
    yield { set, zips, isWhole: zips.length === set.rendered?.parts };
  }
}
