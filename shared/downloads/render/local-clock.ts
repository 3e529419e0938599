import type { Instant } from "../../platform/time.ts";

/** Writes instants as `2026-03-29 14:05:09 +02:00` in an IANA zone that the runtime knows. */
export function localClock(timeZone: string): (instant: Instant) => string {
  const format = new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
    timeZone,
    year: "numeric",
    timeZoneName: "longOffset",
  });
  /** Where a day begins and ends with the same offset, it has that offset: asking the runtime takes 40 µs, and downloads ask for
   * every message. */
  const offsets = new Map<number, number | undefined>();
  const offsetOfDay = (day: number): number | undefined => {
    if (offsets.has(day)) return offsets.get(day);
    const [first, last] = [offsetAt(format, day * DAY_MS), offsetAt(format, (day + 1) * DAY_MS)];
    const offset = first === last ? first : undefined;
    if (offsets.size >= MOST_DAYS) offsets.clear();
    offsets.set(day, offset);
    return offset;
  };
  return (instant) => write(instant, offsetOfDay(Math.floor(instant / DAY_MS)) ?? offsetAt(format, instant));
}

const DAY_MS = 86_400_000;
const MOST_DAYS = 5_000;

/** Milliseconds ahead of UTC. */
function offsetAt(format: Intl.DateTimeFormat, instant: Instant): number {
  const name = format.formatToParts(instant).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign, hours = "0", minutes = "0", seconds = "0"] =
    /^GMT([+-])(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(name) ?? [];
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
  return sign === "-" ? -ms : ms;
}

function write(instant: Instant, offset: number): string {
  const local = new Date(instant + offset).toISOString();
  const ahead = Math.abs(offset) / 1_000;
  const parts = [Math.floor(ahead / 3_600), Math.floor(ahead / 60) % 60, ...(ahead % 60 === 0 ? [] : [ahead % 60])];
  const shown = parts.map((part) => String(part).padStart(2, "0")).join(":");
  return `${local.slice(0, 10)} ${local.slice(11, 19)} ${offset < 0 ? "-" : "+"}${shown}`;
}
