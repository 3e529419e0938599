import type { ArchiveReader } from "../archive/archive-reader.ts";
import type { Step } from "../platform/activity.contract.ts";
import type { Download, DownloadStore, FileSet } from "./download-store.ts";
import { findDownload, isEnded } from "./find-download.ts";
import { cutWindows } from "./range.ts";

export interface OpenSetsDeps {
  readonly downloads: DownloadStore;
  readonly archive: ArchiveReader;
}

/** Writes down the file sets of a download: account by account, window by window, but windows in which an account has nothing.
 * An account without anything keeps its last window, whose zip says so. */
export async function openSets(
  { downloads, archive }: OpenSetsDeps,
  { organizationId, downloadId }: { readonly organizationId: string; readonly downloadId: string },
): Promise<Step<{ sets: number }>> {
  const found = await findDownload(downloads, organizationId, downloadId);
  if (isEnded(found.value)) return { status: "done", result: { sets: 0 } };
  const sets = await fileSets(archive, organizationId, found.value);
  await downloads.addSets(organizationId, downloadId, sets);
  if (found.value.status === "Queued") {
    await downloads.replace(organizationId, found, { ...found.value, status: "Planning" });
  }
  return { status: "done", result: { sets: sets.length } };
}

async function fileSets(archive: ArchiveReader, organizationId: string, download: Download): Promise<FileSet[]> {
  const windows = cutWindows(download, download.timeZone, download.windowDays);
  const sets: FileSet[] = [];
  for (const accountId of download.accountIds) {
    const spans = await archive.spans(organizationId, accountId);
    const filled = windows.filter(({ from, to }) => spans.some(({ first, last }) => first < to && last >= from));
    for (const window of filled.length > 0 ? filled : windows.slice(-1))
      sets.push({ set: sets.length, accountId, ...window });
  }
  return sets;
}
