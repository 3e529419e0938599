import type { Instant } from "../platform/time.ts";

const LONGEST_MS = 24 * 3_600_000;

/** When a `Retry-After` header allows the next try: seconds (Graph's own samples have fractions) or an HTTP date, to the
 * second. Nothing for a missing or senseless header; a date in the past is now; more than a day is a day.
 * @see https://learn.microsoft.com/graph/throttling and https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7 */
export function retryAfter(header: string | null, now: Instant): Instant | undefined {
  const text = header?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(text)) return now + Math.min(Math.ceil(Number(text) * 1_000), LONGEST_MS);
  if (!/^[A-Za-z]{3,9},? /.test(text)) return undefined;
  // Without a zone it would be taken for local time; HTTP dates are GMT, named or not.
  const date = Date.parse(/ (GMT|UTC|[+-]\d{4})$/.test(text) ? text : `${text} GMT`);
  return Number.isNaN(date) ? undefined : Math.min(Math.max(date, now), now + LONGEST_MS);
}
