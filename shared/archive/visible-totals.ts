import type { ArchiveOf, ArchiveStore, ArchiveTotals } from "./archive-store.ts";
import { isMonthPast, type VisibleFrom } from "./retention.ts";
import { monthOf } from "./version.ts";

/** An account's totals without what is past retention: by rows, so that of the month in which it begins all messages count until the
 * month is past. Bytes are those that are stored. */
export async function visibleTotals(
  archive: ArchiveStore,
  visibleFrom: VisibleFrom,
  of: ArchiveOf,
): Promise<ArchiveTotals | undefined> {
  const [totals, from] = [await archive.totals(of), await visibleFrom(of)];
  const { firstMessageAt, lastMessageAt } = totals ?? {};
  if (!totals || firstMessageAt === undefined || lastMessageAt === undefined || firstMessageAt >= from) return totals;
  let { messages, versions } = totals;
  for await (const pack of archive.packs(of, { from: "0", to: monthOf(from) })) {
    const isPast = isMonthPast(pack.month, from) || (pack.lastCreated ?? from) < from;
    if (isPast) [messages, versions] = [messages - pack.messages, versions - pack.versions];
  }
  const span = lastMessageAt < from ? {} : { firstMessageAt: from, lastMessageAt };
  return { ...withoutSpan(totals), messages, versions, ...span };
}

const withoutSpan = ({ firstMessageAt: _, lastMessageAt: __, ...totals }: ArchiveTotals): ArchiveTotals => totals;
