import type { ArchiveReader } from "../archive/archive-reader.ts";
import type { DownloadFormat } from "./download.contract.ts";
import type { Download, FileSet } from "./download-store.ts";
import { cutWindows, type Range } from "./range.ts";

/** Messages of a file set at the most. An activity renders it in one go, beside up to three others in the same thread; of the ten minutes
 * that a function may take (`host.json`), so many take one of them alone, or less. One day is never cut: what it is called by are
 * days. */
export const MOST_MESSAGES: Readonly<Record<DownloadFormat, number>> = { csv: 500_000, pdf: 50_000, eml: 50_000 };

export type CountedRange = Range & { readonly messages: number };

/** A file set of a window with so many messages that they would take too long in one go: as several, the first under its own number,
 * the others behind those of all windows; one where that is enough. Counts the messages by reading them all, so that the same
 * messages are cut in the same way, however they are stored. */
export async function cutBusySet(
  archive: ArchiveReader,
  organizationId: string,
  { download, set, most }: { readonly download: Download; readonly set: FileSet; readonly most: number },
): Promise<FileSet[]> {
  const { uncounted: _, ...rest } = set;
  const days = cutWindows(set, download.timeZone, 1);
  const counts = await countByDay(archive, organizationId, { download, set, days });
  const counted = days.map((day, at): CountedRange => ({ ...day, messages: counts[at] ?? 0 }));
  const windows = cutWindows(download, download.timeZone, download.windowDays).length * download.accountIds.length;
  return joinDays(counted, most).map(({ from, to, messages }, at) => {
    const day = days.findIndex((one) => one.from === from);
    return {
      ...rest,
      from,
      to,
      expected: messages,
      ...(at > 0 && { set: windows + set.set * download.windowDays + day }),
    };
  });
}

/** Days, which follow one another, as stretches: each as long as can be with so many messages, none without any beside others. */
export function joinDays(days: readonly CountedRange[], most: number): CountedRange[] {
  const joined: CountedRange[] = [];
  for (const day of days) {
    const last = joined.at(-1);
    const messages = (last?.messages ?? 0) + day.messages;
    const fits = messages <= most || last?.messages === 0 || day.messages === 0;
    if (last && fits) joined[joined.length - 1] = { from: last.from, to: day.to, messages };
    else joined.push(day);
  }
  return joined;
}

/** Messages without a readable date are in no day. */
async function countByDay(
  archive: ArchiveReader,
  organizationId: string,
  { download, set, days }: { readonly download: Download; readonly set: FileSet; readonly days: readonly Range[] },
): Promise<readonly number[]> {
  const chat = download.chatId === undefined ? {} : { chatId: download.chatId };
  const counts = days.map(() => 0);
  let [last, day] = ["", 0];
  for await (const { chatId, id, createdAt } of archive.versions(organizationId, set.accountId, { ...set, ...chat })) {
    const message = `${chatId}\n${id}`;
    if (createdAt === undefined || message === last) continue;
    // Messages of a chat come in the order of time.
    if (createdAt < (days[day]?.from ?? 0)) day = 0;
    while (createdAt >= (days[day]?.to ?? Number.POSITIVE_INFINITY)) day += 1;
    counts[day] = (counts[day] ?? 0) + 1;
    last = message;
  }
  return counts;
}
