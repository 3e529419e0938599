import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDay, localDays, parseDay } from "../../../shared/downloads/local-days.ts";
import { cutWindows, resolveRange } from "../../../shared/downloads/range.ts";
import { iso } from "../../../shared/platform/time.ts";

const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "America/Sao_Paulo",
  "America/St_Johns",
  "Asia/Kathmandu",
  "Africa/Casablanca",
  "Pacific/Kiritimati",
  "America/Havana",
  "Asia/Calcutta",
  // Clocks that skip midnight, or did.
  "Africa/Cairo",
  "Asia/Beirut",
  "Asia/Amman",
  "America/Asuncion",
  "America/Santiago",
  "Antarctica/Troll",
];
const zone = fc.constantFrom(...ZONES);
const instant = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2045, 0, 1) });
const range = (from: string | undefined, to: string | undefined, timeZone: string, now = "2026-11-25T12:00:00Z") => {
  const found = resolveRange({ from, to, timeZone }, Date.parse(now));
  return [iso(found.from), iso(found.to)];
};

describe("a day of a time zone", () => {
  test("starts where its clocks say so", () => {
    expect(range("2026-03-29", "2026-03-29", "Europe/Berlin")).toEqual([
      "2026-03-28T23:00:00.000Z",
      "2026-03-29T22:00:00.000Z",
    ]);
    expect(range("2026-04-05", "2026-04-05", "Australia/Lord_Howe")).toEqual([
      "2026-04-04T13:00:00.000Z",
      "2026-04-05T13:30:00.000Z",
    ]);
    expect(range("2024-02-29", "2024-02-29", "UTC")).toEqual(["2024-02-29T00:00:00.000Z", "2024-03-01T00:00:00.000Z"]);
  });

  test("starts after midnight where the clocks skip midnight", () => {
    expect(range("2018-11-04", "2018-11-04", "America/Sao_Paulo")[0]).toBe("2018-11-04T03:00:00.000Z");
  });

  test("holds nothing when the zone skipped it", () => {
    expect(() => range("2011-12-30", "2011-12-30", "Pacific/Apia")).toThrow("range");
    expect(range("2011-12-29", "2011-12-31", "Pacific/Apia")).toEqual([
      "2011-12-29T10:00:00.000Z",
      "2011-12-31T10:00:00.000Z",
    ]);
  });

  test("holds the instants whose local date it is", () => {
    fc.assert(
      fc.property(zone, instant, (timeZone, at) => {
        const days = localDays(timeZone);
        if (!days) throw new Error(timeZone);
        const day = days.dayOf(at);
        expect(days.startOf(day)).toBeLessThanOrEqual(at);
        expect(days.dayOf(days.startOf(day))).toBe(day);
        expect(days.dayOf(days.startOf(day) - 1)).toBeLessThan(day);
      }),
      { numRuns: 300 },
    );
  });

  test("is written and read alike", () => {
    fc.assert(fc.property(fc.integer({ min: -20_000, max: 40_000 }), (day) => parseDay(formatDay(day)) === day));
  });
});

describe("the range of a request", () => {
  test("is today and the 89 days before when none is given", () => {
    expect(range(undefined, undefined, "UTC")).toEqual(["2026-08-28T00:00:00.000Z", "2026-11-26T00:00:00.000Z"]);
    expect(range(undefined, undefined, "Pacific/Kiritimati")[1]).toBe("2026-11-26T10:00:00.000Z");
  });

  test("takes instants as they are and mixes them with dates", () => {
    expect(range("2026-01-01T10:00:00+02:00", "2026-01-02", "UTC")).toEqual([
      "2026-01-01T08:00:00.000Z",
      "2026-01-03T00:00:00.000Z",
    ]);
  });

  test("ends with its last day when only that is given", () => {
    expect(range(undefined, "2026-03-31", "UTC")[0]).toBe("2026-01-01T00:00:00.000Z");
  });

  test("is refused when it is empty, absurd or in no known zone", () => {
    expect(() => range("2026-02-01", "2026-01-01", "UTC")).toThrow();
    expect(() => range("2000-01-01", "2060-01-01", "UTC")).toThrow("more than 50 years");
    for (const timeZone of ["Mars/Olympus", "+02:00", "", "Europe/Berlin\u0000", "../UTC"]) {
      expect(() => range(undefined, undefined, timeZone), timeZone).toThrow("time zone");
    }
    expect(range("2009-01-01", "2009-01-02", "UTC")[0]).toBe("2009-01-01T00:00:00.000Z");
  });

  test("lies in the years 2000 to 2099: other dates are refused by name, and none is moved", () => {
    const bounds = "must lie from 2000-01-01 to 2099-12-31";
    for (const early of ["0000-01-01", "0050-01-01", "1999-12-31", "0099-06-01T00:00:00Z", "1970-01-01T00:00:00Z"]) {
      expect(() => range(early, "2026-01-01", "UTC"), early).toThrow(`from ${bounds}`);
      expect(() => range(undefined, early, "UTC"), early).toThrow(`to ${bounds}`);
    }
    for (const late of ["2100-01-01", "9999-12-31", "9999-12-31T23:59:59-14:00"]) {
      expect(() => range("2026-01-01", late, "Pacific/Kiritimati"), late).toThrow(`to ${bounds}`);
    }
    expect(range("2000-01-01", "2000-01-01", "UTC")).toEqual(["2000-01-01T00:00:00.000Z", "2000-01-02T00:00:00.000Z"]);
    expect(range("2099-12-31", "2099-12-31", "Pacific/Kiritimati")).toEqual([
      "2099-12-30T10:00:00.000Z",
      "2099-12-31T10:00:00.000Z",
    ]);
  });
});

describe("windows", () => {
  test("put every instant of the range into exactly one, of at most that many local days", () => {
    fc.assert(
      fc.property(
        zone,
        instant,
        fc.integer({ min: 1, max: 900 }),
        fc.constantFrom(1, 7, 90),
        (timeZone, from, n, most) => {
          const days = localDays(timeZone);
          if (!days) throw new Error(timeZone);
          const to = from + n * 86_400_000 + 12_345;
          const windows = cutWindows({ from, to }, timeZone, most);
          expect(windows[0]?.from).toBe(from);
          expect(windows.at(-1)?.to).toBe(to);
          windows.forEach((window, at) => {
            expect(window.to).toBeGreaterThan(window.from);
            if (at > 0) expect(window.from).toBe(windows[at - 1]?.to);
            expect(days.dayOf(window.to - 1) - days.dayOf(window.from)).toBeLessThan(most);
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  test("of whole days begin at midnights, are all but the last as long as can be, and end with the last day", () => {
    const date = fc.integer({ min: parseDay("2000-01-01"), max: parseDay("2045-01-01") });
    const length = fc.oneof(fc.integer({ min: 1, max: 800 }), fc.constantFrom(28, 29, 30, 31, 89, 90, 91, 180, 181));
    fc.assert(
      fc.property(zone, date, length, (timeZone, first, n) => {
        const days = localDays(timeZone);
        if (!days) throw new Error(timeZone);
        const asked = { from: formatDay(first), to: formatDay(first + n - 1), timeZone };
        if (days.startOf(first) === days.startOf(first + n)) return;
        const windows = cutWindows(resolveRange(asked, 0), timeZone, 90);
        // A day that the zone skipped holds nothing: windows are counted from the day after it, and within one it counts.
        const counted = days.dayOf(days.startOf(first));
        const length = Math.ceil((first + n - counted) / 90);
        const begins = Array.from({ length }, (_, at) => days.startOf(counted + at * 90));
        expect(windows.map(({ from }) => from)).toEqual([...new Set(begins)]);
        expect(windows.at(-1)?.to).toBe(days.startOf(first + n));
        expect(days.dayOf(windows.at(-1)?.to ?? 0) - days.dayOf((windows.at(-1)?.to ?? 0) - 1)).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });

  test("are one for the default range and two for a day more", () => {
    const cut = (from: string) =>
      cutWindows(resolveRange({ from, to: "2026-11-25", timeZone: "Europe/Berlin" }, 0), "Europe/Berlin", 90);
    expect(cut("2026-08-28")).toHaveLength(1);
    expect(cut("2026-08-27").map(({ from, to }) => [iso(from), iso(to)])).toEqual([
      ["2026-08-26T22:00:00.000Z", "2026-11-24T23:00:00.000Z"],
      ["2026-11-24T23:00:00.000Z", "2026-11-25T23:00:00.000Z"],
    ]);
  });
});
