import { expect, test } from "vitest";
import { afterTurn, type Turn } from "../../../functions/runtime/turn.ts";
import type { Step } from "../../../shared/platform/activity.contract.ts";

/** Tries until the end; answers the waits and how it ended. */
function untilEnded(step: Step<never> | undefined) {
  const waits: number[] = [];
  let turn: Turn = { index: 4, throws: 0 };
  for (;;) {
    const next = afterTurn(step, turn, 1_000_000);
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
  const at = (notBefore: number) => afterTurn({ status: "later", notBefore }, { index: 1, throws: 3 }, 1_000_000);
  expect(at(5_000_000)).toEqual({ index: 1, throws: 0, until: 5_000_000 });
  expect(at(1)).toEqual({ index: 1, throws: 0, until: 1_001_000 });
});
