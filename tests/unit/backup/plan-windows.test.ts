import fc from "fast-check";
import { expect, test } from "vitest";
import {
  checkpointOf,
  cutWindow,
  HISTORY_START,
  planWindows,
  type TimeWindow,
} from "../../../shared/backup/plan-windows.ts";

const HOUR = 3_600_000;
const instant = fc.integer({ min: HISTORY_START, max: HISTORY_START + 20 * 366 * 24 * HOUR });
const window = fc
  .tuple(instant, instant)
  .map(([a, b]): TimeWindow => ({ from: Math.min(a, b), to: Math.max(a, b) + 1 }));
const knownWindow = fc
  .tuple(window, fc.constantFrom("pending" as const, "done" as const))
  .map(([stretch, state]) => ({ ...stretch, state }));

test("whatever is known, planned and known windows together cover all history up to the end", () => {
  fc.assert(
    fc.property(fc.array(knownWindow), instant, fc.integer({ min: 48, max: 720 }), (known, end, hours) => {
      const planned = planWindows(known, end, hours * HOUR);
      expect(checkpointOf([...known, ...planned])).toBeGreaterThanOrEqual(end);
      for (const { from, to } of planned) {
        expect(to).toBeGreaterThan(from);
        expect(to).toBeLessThanOrEqual(end);
        const pending = known.filter(({ state }) => state === "pending");
        expect(pending.filter((other) => other.from < to && other.to > from)).toEqual([]);
      }
    }),
  );
});

test("the next run overlaps the last by at least 48 hours, and a gap is covered again from its start", () => {
  const end = HISTORY_START + 100 * 24 * HOUR;
  expect(planWindows([{ from: HISTORY_START, to: end, state: "done" }], end + 24 * HOUR, 48 * HOUR)).toEqual([
    { from: end - 48 * HOUR, to: end + 24 * HOUR },
  ]);
  const gap = [
    { from: HISTORY_START, to: end - 50 * HOUR, state: "done" as const },
    { from: end - 40 * HOUR, to: end, state: "done" as const },
  ];
  expect(planWindows(gap, end, 48 * HOUR)[0]?.from).toBe(end - 98 * HOUR);
});

test("what an earlier run left pending is not planned a second time", () => {
  const end = HISTORY_START + 100 * 24 * HOUR;
  const left = { from: end - 30 * HOUR, to: end - 10 * HOUR, state: "pending" as const };
  const before = { from: HISTORY_START, to: left.from, state: "done" as const };
  const after = { from: left.to, to: end, state: "done" as const };
  expect(planWindows([before, left, after], end + HOUR, 48 * HOUR)).toEqual([
    { from: end - 48 * HOUR, to: left.from },
    { from: left.to, to: end + HOUR },
  ]);
});

test("parts join without gap or overlap, and none is too short", () => {
  fc.assert(
    fc.property(
      window,
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 9 * HOUR }),
      (whole, most, shortest) => {
        const parts = cutWindow(whole, most, shortest);
        expect(parts.length).toBeLessThanOrEqual(most);
        expect([parts.at(0)?.from, parts.at(-1)?.to]).toEqual([whole.from, whole.to]);
        for (const [place, { from }] of parts.slice(1).entries()) expect(from).toBe(parts[place]?.to);
        if (parts.length > 1) for (const { from, to } of parts) expect(to - from).toBeGreaterThanOrEqual(shortest);
        else expect(most === 1 || whole.to - whole.from < 2 * shortest).toBe(true);
      },
    ),
  );
});
