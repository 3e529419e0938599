import { expect, test } from "vitest";
import { dailyTurns, placeInHour } from "../../../shared/backup/daily-turns.ts";
import { newId } from "../../../shared/platform/new-id.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const organizationId = newId(0);
const dayOf = (date: string) => Date.parse(`${date}T00:00:00Z`) / DAY;
/** Where the organization's place in the hour would be the full hour. */
const hourOf = (date: string, hour: number, timeZone: string) =>
  new Date(dailyTurns({ hour, timeZone }, organizationId).at(dayOf(date)) - placeInHour(organizationId)).toISOString();

test("a turn comes at its hour of the zone", () => {
  expect(hourOf("2026-07-01", 3, "UTC")).toBe("2026-07-01T03:00:00.000Z");
  expect(hourOf("2026-07-01", 3, "Europe/Berlin")).toBe("2026-07-01T01:00:00.000Z");
  expect(hourOf("2026-07-01", 0, "Asia/Kolkata")).toBe("2026-06-30T18:30:00.000Z");
  expect(hourOf("2026-07-01", 23, "Pacific/Kiritimati")).toBe("2026-07-01T09:00:00.000Z");
  expect(hourOf("2026-07-01", 23, "Pacific/Pago_Pago")).toBe("2026-07-02T10:00:00.000Z");
});

test("an hour that the clocks skip begins where they go on, and one that comes twice counts the first time", () => {
  expect(hourOf("2026-03-29", 2, "Europe/Berlin")).toBe("2026-03-29T01:00:00.000Z");
  expect(hourOf("2026-10-25", 2, "Europe/Berlin")).toBe("2026-10-25T00:00:00.000Z");
  expect(hourOf("2026-10-25", 3, "Europe/Berlin")).toBe("2026-10-25T02:00:00.000Z");
  expect(hourOf("2026-03-08", 2, "America/New_York")).toBe("2026-03-08T07:00:00.000Z");
  expect(hourOf("2026-11-01", 1, "America/New_York")).toBe("2026-11-01T05:00:00.000Z");
  // Clocks go forward at midnight, and by half an hour.
  expect(hourOf("2026-09-06", 0, "America/Santiago")).toBe("2026-09-06T04:00:00.000Z");
  expect(hourOf("2026-10-04", 2, "Australia/Lord_Howe")).toBe("2026-10-03T15:30:00.000Z");
});

test.each(["UTC", "Europe/Berlin", "America/Santiago", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu"])(
  "each local date of a year has exactly one turn in %s, at any hour",
  (timeZone) => {
    for (const hour of [0, 2, 23]) {
      const turns = dailyTurns({ hour, timeZone }, organizationId);
      let before = turns.at(dayOf("2025-12-31"));
      for (let day = dayOf("2026-01-01"); day < dayOf("2027-01-01"); day++) {
        const at = turns.at(day);
        expect(at - before).toBeGreaterThan(21 * HOUR);
        expect([turns.latest(at - 1), turns.latest(at)]).toEqual([day - 1, day]);
        before = at;
      }
    }
  },
);

test("a thousand organizations of one hour are spread over it, each always at the same place", () => {
  const ids = Array.from({ length: 1_000 }, (_, n) => newId(n));
  const minutes = new Map<number, number>();
  for (const id of ids) {
    const place = placeInHour(id);
    expect(placeInHour(id)).toBe(place);
    const minute = Math.floor(place / 60_000);
    minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
  }
  expect(minutes.size).toBe(60);
  // 17 on average; ten times the variance is never met by chance.
  expect(Math.max(...minutes.values())).toBeLessThan(50);
});
