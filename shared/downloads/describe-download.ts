import { chatKey } from "../archive/chat-key.ts";
import { iso } from "../platform/time.ts";
import type { DownloadResource, DownloadStatus } from "./download.contract.ts";
import { type BuiltSet, builtSets } from "./built-sets.ts";
import type { Download, DownloadStore, Reason } from "./download-store.ts";
import { isEnded } from "./find-download.ts";
import { measureProgress } from "./measure-progress.ts";
import { fold } from "./package/entry-name.ts";
import { NOT_KEPT, noteOf } from "./package/note.ts";
import { partFileName } from "./part-name.ts";
import { cutWindows } from "./range.ts";

/** A zip that is ready, as people see it and as it is stored. */
export interface ShownPart {
  readonly shown: DownloadResource["parts"][number];
  readonly blob: string;
}

/** `DownloadResource` with the bare codes of what is missing. */
export type DescribedDownload = Omit<DownloadResource, "missing"> & { readonly missing: Reason[] };

/** A download and everything that can be said of it, read from its rows: nothing is counted twice or kept elsewhere. */
export async function describeDownload(
  store: DownloadStore,
  organizationId: string,
  download: Download,
): Promise<{ resource: DescribedDownload; parts: ShownPart[] }> {
  const sets = inOrder(download, await Array.fromAsync(builtSets(store, organizationId, download.id)));
  const zips = sets.flatMap((set) => set.zips);
  const parts = download.status === "Expired" ? [] : shownParts(download, sets);
  const rendered = sets.flatMap(({ set }) => set.rendered ?? []);
  const windows = cutWindows(download, download.timeZone, download.windowDays);
  const planned = countSets(download, windows.length);
  const messages = rendered.reduce((sum, set) => sum + set.messages, 0);
  const missing = sumReasons([
    ...rendered.flatMap((set) => set.missing),
    ...zips.flatMap((zip) => zip.lost),
    ...download.failures,
  ]);
  const notKept = missing.find(({ code }) => code === NOT_KEPT)?.count ?? 0;
  const resource: DescribedDownload = {
    id: download.id,
    status: status(download, rendered.length),
    progress: await measureProgress(store, organizationId, { download, sets, planned }),
    accountIds: [...download.accountIds],
    chatId: download.chatId === undefined ? null : chatKey(download.chatId),
    format: download.format,
    attachments: download.attachments,
    systemEvents: download.systemEvents,
    from: iso(download.from),
    to: iso(download.to),
    timeZone: download.timeZone,
    asOf: download.asOf === undefined ? null : iso(download.asOf),
    windows: windows.map(({ from, to }) => ({ from: iso(from), to: iso(to) })),
    parts: parts.map(({ shown }) => shown),
    messages,
    note: isEnded(download) && zips.length > 0 ? noteOf(messages, notKept) : null,
    attachmentCount: rendered.reduce((sum, set) => sum + set.attachments, 0),
    missing,
    requestedAt: iso(download.requestedAt),
    finishedAt: download.finishedAt === undefined ? null : iso(download.finishedAt),
    expiresAt: download.expiresAt === undefined ? null : iso(download.expiresAt),
  };
  return { resource, parts };
}

/** Account by account, from the first day to the last. */
function inOrder({ accountIds }: Download, sets: readonly BuiltSet[]): BuiltSet[] {
  const places = new Map(accountIds.map((accountId, at) => [accountId, at]));
  const place = ({ set }: BuiltSet) => places.get(set.accountId) ?? 0;
  return sets.toSorted((a, b) => place(a) - place(b) || a.set.from - b.set.from);
}

export const countSets = ({ accountIds }: Download, windows: number): number => accountIds.length * windows;

/** Sorted by code: the same whatever order things happened in. */
export function sumReasons(reasons: readonly Reason[]): Reason[] {
  const counts = new Map<string, number>();
  for (const { code, count } of reasons) counts.set(code, (counts.get(code) ?? 0) + count);
  return [...counts].map(([code, count]) => ({ code, count })).sort((a, b) => (a.code < b.code ? -1 : 1));
}

const status = (download: Download, rendered: number): DownloadStatus =>
  download.status === "Planning" && rendered > 0 ? "Generating" : download.status;

function shownParts(download: Download, sets: readonly BuiltSet[]): ShownPart[] {
  const taken = new Set<string>();
  return sets.flatMap(({ set, zips, isWhole }) => {
    const { rendered, accountId } = set;
    if (!rendered) return [];
    const hasLost = rendered.missing.length > 0 || zips.some(({ lost }) => lost.length > 0);
    const partial = hasLost || (isEnded(download) && !isWhole);
    return zips.map((zip) => {
      let name = partFileName(download, set, rendered, { number: zip.number, partial });
      // Two accounts can have had the same address one after the other.
      if (taken.has(fold(name))) name = name.replace(/\.zip$/, ` ${accountId}.zip`);
      taken.add(fold(name));
      const shown = {
        ...{ name, accountId, number: zip.number, of: rendered.parts },
        ...{ from: iso(set.from), to: iso(set.to), bytes: zip.bytes, sha256: zip.sha256 },
      };
      return { shown, blob: zip.blob };
    });
  });
}
