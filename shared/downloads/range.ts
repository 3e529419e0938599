import { AppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import { type LocalDays, localDays, parseDay } from "./local-days.ts";

/** `from` is included, `to` excluded. */
export interface Range {
  readonly from: Instant;
  readonly to: Instant;
}

export interface AskedRange {
  /** A date (`YYYY-MM-DD`, a whole local day, `to` included) or an instant (ISO 8601, `to` excluded). */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** An IANA name. */
  readonly timeZone: string;
}

/** Today and the 89 days before. */
const DEFAULT_DAYS = 90;
const LONGEST_DAYS = 50 * 366;
/** Teams began in 2016, and what was brought into it from elsewhere keeps its older dates; nothing is from before 2000. Outside
 * of these years calendars and zip names would need other rules. */
const EARLIEST = Date.UTC(2000, 0, 1);
const LATEST = Date.UTC(2100, 0, 1) - 1;

/** What a request's dates mean as instants. A missing `to` is the end of today, a missing `from` the start of the 90th day
 * that ends with the last day. Both lie in the years 2000 to 2099. Throws `download.bad_range` or `download.unknown_time_zone`
 * (both `invalid`). */
export function resolveRange(asked: AskedRange, now: Instant): Range {
  const days = daysOf(asked.timeZone);
  const [first, last] = [asked.from, asked.to];
  if (first !== undefined) checkedInstant("from", first);
  if (last !== undefined) checkedInstant("to", last);
  const to = last === undefined ? days.startOf(days.dayOf(now) + 1) : boundary(days, last, 1);
  const from = first === undefined ? days.startOf(days.dayOf(to - 1) - DEFAULT_DAYS + 1) : boundary(days, first, 0);
  if (from >= to) throw wrong("from", "must be before to");
  if (days.dayOf(to) - days.dayOf(from) > LONGEST_DAYS) throw wrong("from", "is more than 50 years before to");
  return { from, to };
}

/** The last instant whose versions a request wants: of a date the last of that local day. Throws as `resolveRange`. */
export function resolveAsOf(text: string, timeZone: string): Instant {
  const at = checkedInstant("asOf", text);
  return isDay(text) ? boundary(daysOf(timeZone), text, 1) - 1 : at;
}

/** The instant that a date (as in UTC) or a time of a request names. Throws `download.bad_range` outside of the years 2000 to
 * 2099. */
function checkedInstant(path: string, text: string): Instant {
  const at = Date.parse(text);
  if (at >= EARLIEST && at <= LATEST) return at;
  throw wrong(path, "must lie from 2000-01-01 to 2099-12-31");
}

/** Cuts a range into windows of at most `windowDays` whole local days counted from its start: they follow one another without
 * gap or overlap, so that an instant of the range lies in exactly one. */
export function cutWindows(range: Range, timeZone: string, windowDays: number): Range[] {
  const days = daysOf(timeZone);
  const windows: Range[] = [];
  let day = days.dayOf(range.from);
  for (let from = range.from; from < range.to; ) {
    day += windowDays;
    const to = Math.min(range.to, days.startOf(day));
    if (to > from) windows.push({ from, to });
    from = to;
  }
  return windows;
}

export function daysOf(timeZone: string): LocalDays {
  const days = localDays(timeZone);
  if (days) return days;
  const issues = [{ path: "timeZone", message: "must be an IANA time zone, such as Europe/Berlin" }];
  throw new AppError(
    "invalid",
    "download.unknown_time_zone",
    "There is no such time zone: give an IANA name such as Europe/Berlin",
    { issues },
  );
}

function boundary(days: LocalDays, text: string, after: 0 | 1): Instant {
  return isDay(text) ? days.startOf(parseDay(text) + after) : Date.parse(text);
}

const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text);

const wrong = (path: string, message: string) =>
  new AppError("invalid", "download.bad_range", `The range cannot be used: ${path} ${message}`, {
    issues: [{ path, message }],
  });
