import type { ArchiveReader } from "../archive/archive-reader.ts";
import { again, type Step } from "../platform/activity.contract.ts";
import { isAppError, unless } from "../platform/errors.ts";
import { builtSets } from "./built-sets.ts";
import { cutBusySet, MOST_MESSAGES } from "./cut-busy.ts";
import type { Download, DownloadStore, FileSet } from "./download-store.ts";
import { findDownload, isEnded } from "./find-download.ts";
import { cutWindows } from "./range.ts";

export interface OpenSetsDeps {
  readonly downloads: DownloadStore;
  readonly archive: ArchiveReader;
}

/** File sets of one generation of the orchestrator. */
const SETS_AT_ONCE = 20;

/** Writes down the file sets of a download, once: account by account, window by window, but windows in which an account has
 * nothing, of the chat where one was asked for. An account without anything keeps its last window, whose zip says so. A set's number tells account and window, so
 * that a repeat after a crash, which may find more in the archive, adds sets and changes none. Answers the numbers of the next
 * sets that are not made yet, from `next` on; none at the end. Where one of these may hold more than `most` messages, it is counted and
 * cut first, one in each call. One that damage keeps from being counted stays whole: it fails by itself when it is rendered. */
export async function openSets(
  { downloads, archive }: OpenSetsDeps,
  of: { readonly organizationId: string; readonly downloadId: string; readonly next: number },
  most = MOST_MESSAGES,
): Promise<Step<{ sets: number[] }>> {
  const { organizationId, downloadId } = of;
  const found = await findDownload(downloads, organizationId, downloadId);
  if (isEnded(found.value)) return { status: "done", result: { sets: [] } };
  if (found.value.status === "Queued") {
    await downloads.addSets(organizationId, downloadId, await fileSets(archive, organizationId, found.value, most));
    try {
      await downloads.replace(organizationId, found, { ...found.value, status: "Planning" });
    } catch (error) {
      if (isAppError(error, "storage.changed")) return { status: "again" };
      throw error;
    }
  }
  const { sets, uncounted } = await unmade(downloads, of);
  if (uncounted === undefined) return { status: "done", result: { sets } };
  const known = await downloads.set(organizationId, downloadId, uncounted);
  if (!known?.value.uncounted) return { status: "again" };
  const job = { download: found.value, set: known.value, most: most[found.value.format] };
  const cut = await cutBusySet(archive, organizationId, job).catch(unless("archive.damaged"));
  const { uncounted: _, ...whole } = known.value;
  try {
    await downloads.cutSet(organizationId, downloadId, known, cut ?? [whole]);
    return again(true);
  } catch (error) {
    if (isAppError(error, "storage.changed")) return { status: "again" };
    throw error;
  }
}

async function unmade(
  downloads: DownloadStore,
  of: { readonly organizationId: string; readonly downloadId: string; readonly next: number },
): Promise<{ readonly sets: number[]; readonly uncounted?: number }> {
  const sets: number[] = [];
  for await (const { set, isWhole } of builtSets(downloads, of.organizationId, of.downloadId, of.next)) {
    if (isWhole) continue;
    if (set.uncounted) return { sets, uncounted: set.set };
    sets.push(set.set);
    if (sets.length === SETS_AT_ONCE) break;
  }
  return { sets };
}

async function fileSets(
  archive: ArchiveReader,
  organizationId: string,
  download: Download,
  most: typeof MOST_MESSAGES,
): Promise<FileSet[]> {
  const windows = cutWindows(download, download.timeZone, download.windowDays);
  const sets: FileSet[] = [];
  for (const [account, accountId] of download.accountIds.entries()) {
    const spans = await archive.spans(organizationId, accountId, download.chatId);
    for (const [at, window] of windows.entries()) {
      const { from, to } = window;
      const met = spans.filter(({ first, last }) => first < to && last >= from);
      const expected = met.reduce((sum, { versions }) => sum + versions, 0);
      const nothing = at === windows.length - 1 && sets.at(-1)?.accountId !== accountId;
      const busy = expected > most[download.format] ? { uncounted: true as const } : {};
      if (met.length > 0 || nothing)
        sets.push({ set: account * windows.length + at, accountId, ...window, expected, ...busy });
    }
  }
  return sets;
}
