import type { Instant } from "../platform/time.ts";

/** A day of the calendar, as a count of days since 1970-01-01. */
export type Day = number;

const DAY_MS = 86_400_000;
/** No zone was ever further than this from UTC (the dateline's greatest offsets are +14 and -12 hours). */
const FURTHEST_MS = 36 * 3_600_000;

/** The days of one IANA time zone by the runtime's own zone data. Not for orchestrators: a host's update may change it. */
export interface LocalDays {
  dayOf(instant: Instant): Day;
  /** The first instant of a day. A day that the zone skipped (Samoa, 2011-12-30) starts where the next one does, so that it
   * holds nothing; where clocks go back over midnight, the repeated minutes belong to the new day. */
  startOf(day: Day): Instant;
}

/** By name: making a formatter takes longer than a thousand uses of it, and zones are few. */
const zones = new Map<string, LocalDays>();
const MOST_ZONES = 500;

/** Nothing when the runtime knows no such zone. Plain offsets (`+02:00`) are no zone names. */
export function localDays(timeZone: string): LocalDays | undefined {
  const known = zones.get(timeZone);
  if (known) return known;
  const format = formatter(timeZone);
  if (!format) return undefined;
  const days = daysBy(format);
  // Names differ by case too: a stranger must not fill the memory with them.
  if (zones.size >= MOST_ZONES) zones.clear();
  zones.set(timeZone, days);
  return days;
}

function daysBy(format: Intl.DateTimeFormat): LocalDays {
  const dayOf = (instant: Instant): Day => {
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(instant)) part[type] = Number(value);
    return Date.UTC(part["year"] ?? 0, (part["month"] ?? 1) - 1, part["day"] ?? 1) / DAY_MS;
  };
  return {
    dayOf,
    startOf(day) {
      let before = day * DAY_MS - FURTHEST_MS;
      let within = day * DAY_MS + FURTHEST_MS;
      while (within - before > 1) {
        const middle = Math.floor((before + within) / 2);
        if (dayOf(middle) >= day) within = middle;
        else before = middle;
      }
      return within;
    },
  };
}

/** `YYYY-MM-DD` ↔ day; the text must be a real date. */
export const parseDay = (date: string): Day => Date.parse(`${date}T00:00:00Z`) / DAY_MS;
export const formatDay = (day: Day): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

function formatter(timeZone: string): Intl.DateTimeFormat | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]{1,63}$/.test(timeZone)) return undefined;
  try {
    return new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
      timeZone,
      year: "numeric",
      month: "numeric",
      day: "numeric",
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
