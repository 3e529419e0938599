import { expect, test } from "vitest";
import { z } from "zod";
import type { InvocationContext } from "@azure/functions";
import { activityHandler } from "../../../functions/runtime/activity.ts";
import { activity, step } from "../../../shared/platform/activity.contract.ts";
import { AppError, type ErrorKind } from "../../../shared/platform/errors.ts";
import { createLogger } from "../../../shared/platform/logger.ts";

const contract = activity({ name: "tryIt", input: z.object({}), output: step(z.object({})) });

/** What an activity that throws this comes to, and what it logs. */
async function ending(error: Error) {
  const lines: [string, Record<string, unknown>][] = [];
  const log = createLogger((level, line) => lines.push([level, JSON.parse(line) as Record<string, unknown>]));
  const { handler } = activityHandler(contract, log, () => Promise.reject(error));
  const answer = await handler({}, {} as InvocationContext).catch(() => "thrown");
  return { answer, lines };
}

const failure = (kind: ErrorKind) => new AppError(kind, "a.code", "words", { context: { downloadId: "d" } });

test("an outcome that no retry mends is noted by its code, without a stack", async () => {
  for (const kind of ["not_found", "conflict", "forbidden", "too_large"] as const) {
    expect(await ending(failure(kind))).toEqual({
      answer: { status: "failed", code: "a.code" },
      lines: [["info", { event: "tryIt.refused", code: "a.code", downloadId: "d" }]],
    });
  }
});

test("a fault is logged as one: what does not answer ends as trouble, the rest is thrown for the retry", async () => {
  const trouble = { status: "trouble", code: "a.code" };
  for (const [error, expected] of [
    [failure("unavailable"), trouble],
    [failure("internal"), "thrown"],
    [new TypeError("x"), "thrown"],
  ] as const) {
    const { answer, lines } = await ending(error);
    expect(answer).toEqual(expected);
    expect(lines).toEqual([["error", expect.objectContaining({ event: "tryIt.threw", stack: expect.any(String) })]]);
  }
});

test("what says when to come again ends as later", async () => {
  const busy = new AppError("too_many", "graph.throttled", "words", { notBefore: 7 });
  expect((await ending(busy)).answer).toEqual({ status: "later", notBefore: 7 });
});
