import type { Instant } from "../../platform/time.ts";

/** Writes instants as `2026-03-29 14:05:09 +02:00` in an IANA zone that the runtime knows. */
export function localClock(timeZone: string): (instant: Instant) => string {
  const format = new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "longOffset",
  });
  return (instant) => {
    const part: Record<string, string> = {};
    for (const { type, value } of format.formatToParts(instant)) part[type] = value;
    const offset = part["timeZoneName"]?.replace(/^GMT/, "") || "+00:00";
    return `${part["year"]}-${part["month"]}-${part["day"]} ${part["hour"]}:${part["minute"]}:${part["second"]} ${offset}`;
  };
}
