import fc from "fast-check";
import { expect, test } from "vitest";
import { localClock } from "../../../shared/downloads/render/local-clock.ts";

/** The runtime's own reading, part by part. */
function asked(timeZone: string, instant: number): string {
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
  const part = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
  const offset = part["timeZoneName"]?.replace(/^GMT/, "") || "+00:00";
  return `${part["year"]}-${part["month"]}-${part["day"]} ${part["hour"]}:${part["minute"]}:${part["second"]} ${offset}`;
}

const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/St_Johns",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "Africa/Casablanca",
  "Asia/Kathmandu",
  "Africa/Monrovia",
];

test.each(ZONES)("the clock of %s shows what the runtime shows, on days of change too", (zone) => {
  const clock = localClock(zone);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Date.UTC(2040, 0) }), (instant) => {
      expect(clock(instant)).toBe(asked(zone, instant));
    }),
  );
  for (let minute = 0; minute < 2 * 24 * 60; minute += 10) {
    for (const day of [Date.UTC(2026, 2, 28, 12), Date.UTC(2026, 9, 24, 12), Date.UTC(2011, 11, 29)]) {
      const instant = day + minute * 60_000;
      expect(clock(instant)).toBe(asked(zone, instant));
    }
  }
});
