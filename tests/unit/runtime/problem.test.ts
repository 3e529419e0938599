import { expect, test } from "vitest";
import { problem } from "../../../functions/runtime/problem.ts";
import { AppError, type ErrorKind } from "../../../shared/platform/errors.ts";

const of = (error: unknown, hasIfMatch = false) => problem(error, "request-1", hasIfMatch, 1_000);
const body = (error: unknown, hasIfMatch = false) => of(error, hasIfMatch).jsonBody as Record<string, unknown>;

test("each kind of error has its status", () => {
  const statuses: Record<ErrorKind, number> = {
    ...{ invalid: 400, unauthenticated: 401, forbidden: 403, not_found: 404, conflict: 409, precondition_failed: 412 },
    ...{ too_large: 413, too_many: 429, unavailable: 503, damaged: 500, internal: 500 },
  };
  for (const [kind, status] of Object.entries(statuses)) {
    const answer = of(new AppError(kind as ErrorKind, "some.code", "Some words"));
    expect(answer.status, kind).toBe(status);
    expect(answer.headers).toMatchObject({ "content-type": "application/problem+json" });
  }
});

test("unknown and internal errors show nothing of themselves", () => {
  for (const error of [new Error("hunter2"), "hunter2", new AppError("internal", "hunter2", "hunter2")]) {
    expect(JSON.stringify(of(error))).not.toContain("hunter2");
    expect(body(error)).toMatchObject({ status: 500, code: "internal", requestId: "request-1" });
  }
});

test("too many and unavailable say when to come again, in whole seconds and never zero", () => {
  expect(of(new AppError("too_many", "x", "x", { notBefore: 3_500 })).headers).toMatchObject({ "retry-after": "3" });
  expect(of(new AppError("too_many", "x", "x", { notBefore: 0 })).headers).toMatchObject({ "retry-after": "1" });
  expect(of(new AppError("unavailable", "x", "x")).headers).toMatchObject({ "retry-after": "5" });
});

test("a lost race is 412 for who named a version and 409 for who did not", () => {
  const lost = new AppError("precondition_failed", "storage.changed", "row");
  expect(body(lost, true)).toMatchObject({ status: 412, code: "precondition_failed" });
  expect(body(lost, false)).toMatchObject({ status: 409, code: "conflict" });
});

test("bad input names each wrong value", () => {
  const issues = [{ path: "name", message: "is missing" }];
  expect(body(new AppError("invalid", "request.body", "No", { issues }))).toMatchObject({
    status: 400,
    errors: issues,
  });
});
