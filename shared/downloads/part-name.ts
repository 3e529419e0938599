import { safeFileName } from "./package/entry-name.ts";
import { formatDay } from "./local-days.ts";
import { daysOf } from "./range.ts";
import type { Download, FileSet, RenderedSet } from "./download-store.ts";

/** The blob of a zip: ids only. `attempt` keeps writers of the same zip apart: committing a blob's blocks throws away those
 * that another writer has staged under the same name. */
export const blobName = (downloadId: string, { accountId, set }: FileSet, number: number, attempt: string): string =>
  `${downloadId}/${accountId}/${set}-${number}-${attempt}.zip`;

/** Everything a set is made from goes with the whole prefix. */
export const spoolPrefix = (downloadId: string): string => `${downloadId}/spool/`;

/** What a person saves a zip as: `[PARTIAL ]{userPrincipalName} {from} {to} {format} {n} of {m}.zip`, with local dates, the
 * last one included. */
export function partFileName(
  { timeZone, format }: Download,
  { from, to }: FileSet,
  rendered: RenderedSet,
  part: { readonly number: number; readonly partial: boolean },
): string {
  const days = daysOf(timeZone);
  const range = `${formatDay(days.dayOf(from))} ${formatDay(days.dayOf(to - 1))}`;
  const rest = ` ${range} ${format} ${part.number} of ${rendered.parts}.zip`;
  const mark = part.partial ? "PARTIAL " : "";
  const room = 200 - Buffer.byteLength(rest) - mark.length;
  return `${mark}${safeFileName(rendered.userPrincipalName, room)}${rest}`;
}
