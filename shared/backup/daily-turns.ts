import { createHash } from "node:crypto";
import type { Instant } from "../platform/time.ts";

/** An hour of the day in an IANA time zone. */
export interface DailySchedule {
  readonly hour: number;
  readonly timeZone: string;
}

/** The turns of one organization: one for each local date, as a count of days since 1970-01-01. */
export interface DailyTurns {
  /** When a date's turn comes: within the hour, at a place of the organization's own, so that many do not begin at once. An hour that
   * the clocks skip begins where they go on; one that comes twice counts the first time. */
  at(day: number): Instant;
  /** The last turn that has come. */
  latest(now: Instant): number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Between the turns of two dates there are 23 hours at least, where clocks go forward. */
const SHORTEST_MS = 22 * HOUR_MS;
/** No zone was ever further than this from UTC. */
const FURTHEST_MS = 36 * HOUR_MS;

/** Whether a turn may not be taken after that one: with it another hour or time zone would begin at once, twice within a day. The
 * next one comes 47 hours after that one at the latest. A last turn that is more than a day ahead was taken by a clock that went wrong:
 * it must not keep all turns up to it from being taken. */
export const isTooSoon = (turn: Instant, last: Instant | undefined, now: Instant): boolean =>
  last !== undefined && last <= now + DAY_MS && turn - last < SHORTEST_MS;

/** By the runtime's own zone data: not for orchestrators, a host's update may change it. */
export function dailyTurns({ hour, timeZone }: DailySchedule, organizationId: string): DailyTurns {
  const shift = placeInHour(organizationId);
  const at = (day: number): Instant => beginOf(day * 24 + hour, timeZone) + shift;
  return {
    at,
    latest(now) {
      const today = Math.floor(localHour(timeZone, now) / 24);
      // With its place in the hour, a late turn may fall on the next date.
      return [today, today - 1].find((day) => at(day) <= now) ?? today - 2;
    },
  };
}

/** Milliseconds below an hour, always the same for one organization and even over many. */
export const placeInHour = (organizationId: string): number =>
  Math.floor((createHash("sha256").update(organizationId).digest().readUInt32BE(0) / 2 ** 32) * HOUR_MS);

/** The first instant at which the local hour has come. Local time goes back at most within what has come already. */
function beginOf(hour: number, timeZone: string): Instant {
  let before = hour * HOUR_MS - FURTHEST_MS;
  let come = hour * HOUR_MS + FURTHEST_MS;
  while (come - before > 1) {
    const middle = Math.floor((before + come) / 2);
    if (localHour(timeZone, middle) >= hour) come = middle;
    else before = middle;
  }
  return come;
}

/** Whole local hours since 1970-01-01. */
function localHour(timeZone: string, instant: Instant): number {
  const part: Record<string, number> = {};
  for (const { type, value } of formatter(timeZone).formatToParts(instant)) part[type] = Number(value);
  const day = Date.UTC(part["year"] ?? 0, (part["month"] ?? 1) - 1, part["day"] ?? 1) / DAY_MS;
  return day * 24 + (part["hour"] ?? 0);
}

/** Making one takes longer than a thousand uses of it, and zones are few. */
const formatters = new Map<string, Intl.DateTimeFormat>();
const MOST_ZONES = 500;

function formatter(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known) return known;
  const parts = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", hourCycle: "h23" } as const;
  const made = new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", { timeZone, ...parts });
  // Names differ by case too: a stranger must not fill the memory with them.
  if (formatters.size >= MOST_ZONES) formatters.clear();
  formatters.set(timeZone, made);
  return made;
}
