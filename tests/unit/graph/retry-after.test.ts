import { describe, expect, it, vi } from "vitest";
import { retryAfter } from "../../../shared/graph/retry-after.ts";

const now = Date.UTC(2026, 10, 23, 12, 0, 0);

describe("retryAfter", () => {
  it.each([
    ["whole seconds", "120", 120_000],
    ["more than the SDK's 180 s", "600", 600_000],
    ["fractions, as in Graph's own samples", "2.128", 2_128],
    ["zero", "0", 0],
    ["an HTTP date", "Mon, 23 Nov 2026 12:01:30 GMT", 90_000],
    ["a date in the past", "Mon, 23 Nov 2026 11:00:00 GMT", 0],
    ["the old date form", "Monday, 23-Nov-26 12:00:10 GMT", 10_000],
    ["more than a day", "9999999", 86_400_000],
  ])("reads %s", (_, header, ms) => {
    expect(retryAfter(header, now)).toBe(now + ms);
  });

  it("reads the date form without a zone as GMT, wherever this runs", () => {
    vi.stubEnv("TZ", "America/New_York");
    expect(new Date(now).getTimezoneOffset()).toBe(300);
    expect(retryAfter("Mon Nov 23 12:00:10 2026", now)).toBe(now + 10_000);
    expect(retryAfter("Mon, 23 Nov 2026 12:00:10", now)).toBe(now + 10_000);
    vi.unstubAllEnvs();
  });

  it.each([null, "", "soon", "-5", "1e9", "NaN", "12 s", "2026-11-23"])("makes nothing of %j", (header) => {
    expect(retryAfter(header, now)).toBeUndefined();
  });
});
