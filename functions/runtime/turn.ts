import type { Step } from "../../shared/platform/activity.contract.ts";

export type Ending<T> = Extract<Step<T>, { status: "done" | "failed" }>;

export interface Turn {
  readonly index: number;
  /** How often in a row this input's activity threw, was in trouble, or came back at once without progress. */
  readonly throws: number;
}

export interface Parked extends Turn {
  readonly until: number;
}

/** Waits between tries of an activity that threw, or could not reach what it needs. */
const RETRY_AFTER_MS = [2_000, 15_000, 60_000, 300_000, 900_000];
/** A past timer costs a round through the hub. */
const SHORTEST_WAIT_MS = 1_000;
/** Whoever has used up a time budget took longer. `again` before that and without progress means that somebody else was first, which
 * may go on for ever: it waits as trouble does. */
const HASTY_MS = 10_000;

/** What comes of a turn that began and ended then: an ending, another call at once, or one later. Without a step, the activity
 * threw: that is a bug, or the process is gone. */
export function afterTurn<T>(
  step: Step<T> | undefined,
  { index, throws }: Turn,
  { began, now }: { readonly began: number; readonly now: number },
): Ending<T> | { readonly status: "again" } | Parked {
  if (step?.status === "later") return { index, throws: 0, until: Math.max(step.notBefore, now + SHORTEST_WAIT_MS) };
  if (step?.status === "done" || step?.status === "failed") return step;
  if (step?.status === "again" && (step.progress === true || now - began >= HASTY_MS)) return { status: "again" };
  const waitMs = RETRY_AFTER_MS[throws];
  if (waitMs !== undefined) return { index, throws: throws + 1, until: now + waitMs };
  return { status: "failed", code: step?.status === "trouble" ? step.code : "internal" };
}
