import { expect, test } from "vitest";
import { afterTurn, type Turn } from "../../../functions/runtime/turn.ts";
import type { Step } from "../../../shared/platform/activity.contract.ts";

/** Tries until the end; answers the waits and how it ended. */
function untilEnded(step: Step<never> | undefined, tookMs = 500) {
  const waits: number[] = [];
  let turn: Turn = { index: 4, throws: 0 };
  for (;;) {
    const next = afterTurn(step, turn, { began: 1_000_000 - tookMs, now: 1_000_000 });
    if ("status" in next) return { waits, next };
    expect(next.index).toBe(4);
    waits.push(next.until - 1_000_000);
    turn = next;
  }
}
const waits = [2_000, 15_000, 60_000, 300_000, 900_000];

test("what throws, or does not answer, is tried again after growing waits, and ends by its name", () => {
  const trouble = { status: "trouble", code: "graph.unavailable" } as const;
  expect(untilEnded(trouble)).toEqual({ waits, next: { status: "failed", code: "graph.unavailable" } });
  expect(untilEnded(undefined)).toEqual({ waits, next: { status: "failed", code: "internal" } });
});

test("a wait that was asked for begins the count anew, and a past one is a short one", () => {
  const at = (notBefore: number) =>
    afterTurn({ status: "later", notBefore }, { index: 1, throws: 3 }, { began: 1, now: 1_000_000 });
  expect(at(5_000_000)).toEqual({ index: 1, throws: 0, until: 5_000_000 });
  expect(at(1)).toEqual({ index: 1, throws: 0, until: 1_001_000 });
});

test("what has got on goes on at once, however little time it took, and its count begins anew", () => {
  expect(untilEnded({ status: "again", progress: true })).toEqual({ waits: [], next: { status: "again" } });
  expect(untilEnded({ status: "again", progress: false })).toMatchObject({ waits });
});

test("what has used up its time goes on at once; what comes back at once with nothing done waits longer and longer, and ends", () => {
  expect(untilEnded({ status: "again" }, 120_000)).toEqual({ waits: [], next: { status: "again" } });
  expect(untilEnded({ status: "again" })).toEqual({ waits, next: { status: "failed", code: "internal" } });
});
