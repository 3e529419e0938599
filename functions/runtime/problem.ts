import type { HttpResponseInit } from "@azure/functions";
import { AppError, type ErrorKind } from "../../shared/platform/errors.ts";

const ANSWERS: Readonly<Record<ErrorKind, readonly [status: number, title: string]>> = {
  invalid: [400, "The request is not valid"],
  unauthenticated: [401, "Sign in first"],
  forbidden: [403, "Not allowed"],
  not_found: [404, "Not found"],
  conflict: [409, "Not possible in the present state"],
  precondition_failed: [412, "Changed meanwhile"],
  too_large: [413, "Too large"],
  too_many: [429, "Too many requests"],
  unavailable: [503, "Not available just now"],
  damaged: [500, "Something that was stored is damaged"],
  internal: [500, "Unexpected error"],
};
const RETRY_AFTER_SECONDS = 5;

const FAULTS: ReadonlySet<ErrorKind> = new Set(["unavailable", "damaged", "internal"]);

/** Whether the error says something about this service rather than about the request. */
export const isFault = (error: unknown): boolean => !(error instanceof AppError) || FAULTS.has(error.kind);

/** The RFC 9457 document for an error. Whatever is not an AppError, or is an internal one, shows nothing of itself. */
export function problem(error: unknown, requestId: string, hasIfMatch: boolean, now: number): HttpResponseInit {
  const known = error instanceof AppError && error.kind !== "internal" ? worded(error, hasIfMatch) : UNEXPECTED;
  const [status, title] = ANSWERS[known.kind];
  const { notBefore, issues } = known.options;
  const wait = notBefore === undefined ? RETRY_AFTER_SECONDS : Math.max(1, Math.ceil((notBefore - now) / 1_000));
  return {
    status,
    headers: {
      "content-type": "application/problem+json",
      ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
      ...(status === 429 || status === 503 ? { "retry-after": String(wait) } : {}),
    },
    jsonBody: {
      type: `urn:teams-chat-vault:problem:${known.code}`,
      title,
      status,
      detail: known.message,
      code: known.code,
      requestId,
      ...(issues ? { errors: issues } : status === 400 ? { errors: [] } : {}),
    },
  };
}

const UNEXPECTED = new AppError("internal", "internal", "Something went wrong. The requestId finds it in the log");

/** Storage speaks of rows; callers hear about their own request. */
function worded(error: AppError, hasIfMatch: boolean): AppError {
  switch (error.code) {
    case "storage.changed":
      return hasIfMatch ? new AppError("precondition_failed", "precondition_failed", CHANGED) : CONFLICT;
    case "storage.conflict":
      return CONFLICT;
    default:
      return error;
  }
}

const CHANGED = "It was changed since you read it. Read it again, then send your change with the new ETag";
const CONFLICT = new AppError(
  "conflict",
  "conflict",
  "Somebody else changed it at the same time. Send your change again",
);
