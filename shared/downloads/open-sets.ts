import type { Step } from "../platform/activity.contract.ts";
import type { Download, DownloadStore, FileSet } from "./download-store.ts";
import { findDownload, isEnded } from "./find-download.ts";
import { cutWindows } from "./range.ts";

export interface OpenSetsDeps {
  readonly downloads: DownloadStore;
}

/** Writes down the file sets of a download: account by account, window by window. */
export async function openSets(
  { downloads }: OpenSetsDeps,
  { organizationId, downloadId }: { readonly organizationId: string; readonly downloadId: string },
): Promise<Step<{ sets: number }>> {
  const found = await findDownload(downloads, organizationId, downloadId);
  if (isEnded(found.value)) return { status: "done", result: { sets: 0 } };
  const sets = fileSets(found.value);
  await downloads.addSets(organizationId, downloadId, sets);
  if (found.value.status === "Queued") {
    await downloads.replace(organizationId, found, { ...found.value, status: "Planning" });
  }
  return { status: "done", result: { sets: sets.length } };
}

function fileSets(download: Download): FileSet[] {
  const windows = cutWindows(download, download.timeZone, download.windowDays);
  return download.accountIds.flatMap((accountId, account) =>
    windows.map((window, at) => ({ set: account * windows.length + at, accountId, ...window })),
  );
}
