import { expect, test } from "vitest";
import { policyOf, retryAt } from "../../../shared/backup/content-outcomes.ts";

const DAY = 24 * 3_600_000;
const EARLY = 4 * 3_600_000;
const days = (code: string, tries: number) => {
  const at = retryAt(code, tries, 0);
  return at === undefined ? undefined : (at + EARLY) / DAY;
};

test("what may pass is tried with growing distance, and never given up", () => {
  expect([1, 2, 3, 4, 5, 6, 7, 99].map((tries) => days("content.interrupted", tries))).toEqual([
    ...[1, 2, 4, 8, 16, 28, 28, 28],
  ]);
  expect(policyOf("some.code_of_tomorrow").counts).toBe("failed");
});

test("what only somebody else can mend is tried seldom, what is gone for as long as a recycle bin keeps it", () => {
  expect([1, 2, 3, 4].map((tries) => days("content.no_access", tries))).toEqual([7, 14, 28, 28]);
  const gone = [1, 2, 3, 4, 5].map((tries) => days("content.gone", tries));
  expect(gone).toEqual([7, 14, 28, 28, undefined]);
  expect(gone.reduce<number>((sum, distance) => sum + (distance ?? 0), 0)).toBeLessThan(93);
});

test("what nothing mends is not tried again", () => {
  for (const code of ["content.not_a_file", "content.unsupported_link", "content.other_tenant"])
    expect(retryAt(code, 1, 0)).toBeUndefined();
});
