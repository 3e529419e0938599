import fc from "fast-check";
import { expect, test } from "vitest";
import { joinDays } from "../../../shared/downloads/cut-busy.ts";

const days = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 30 })), { minLength: 1, maxLength: 90 })
  .map((counts) => counts.map((messages, at) => ({ from: at * 10, to: at * 10 + 10, messages })));

test("days are joined without gap, to as few messages as are allowed or a single day of some, and none stands empty", () => {
  fc.assert(
    fc.property(days, fc.integer({ min: 1, max: 60 }), (given, most) => {
      const joined = joinDays(given, most);
      expect([joined[0]?.from, joined.at(-1)?.to]).toEqual([0, given.length * 10]);
      for (const [at, { from, to, messages }] of joined.entries()) {
        if (at > 0) expect(from).toBe(joined[at - 1]?.to);
        const own = given.filter((day) => day.from >= from && day.to <= to);
        expect(messages).toBe(own.reduce((sum, day) => sum + day.messages, 0));
        expect(messages <= most || own.filter((day) => day.messages > 0).length === 1).toBe(true);
        if (joined.length > 1) expect(messages).toBeGreaterThan(0);
        const next = given.find((day) => day.from >= to && day.messages > 0);
        if (next) expect(messages + next.messages).toBeGreaterThan(most);
      }
    }),
  );
});
