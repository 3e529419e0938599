import { AppError, type ErrorKind } from "../platform/errors.ts";

const BY_STATUS: Readonly<Record<number, readonly [ErrorKind, string]>> = {
  404: ["not_found", "storage.not_found"],
  409: ["conflict", "storage.conflict"],
  412: ["precondition_failed", "storage.changed"],
  // A range that begins behind the end.
  416: ["not_found", "storage.not_found"],
};
const TRANSIENT = new Set([408, 429, 500, 502, 503, 504]);

/** Runs one call of a storage SDK and turns its errors into ours: `storage.not_found`, `storage.conflict` (exists already),
 * `storage.changed` (ETag), `storage.unavailable` (a retry may help). Matches the status alone: the answer to a HEAD has no
 * body, so the SDK's `code` is undefined there. */
export async function storageCall<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toAppError(error);
  }
}

export function toAppError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof AppError) return error;
  const status = "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : undefined;
  const known = status === undefined ? undefined : BY_STATUS[status];
  if (known) return new AppError(known[0], known[1], "Storage refused the call", { cause: error });
  const network =
    status === undefined &&
    "code" in error &&
    typeof error.code === "string" &&
    /^E[A-Z]+$|^REQUEST_SEND_ERROR$/.test(error.code);
  if (network || (status !== undefined && TRANSIENT.has(status))) {
    return new AppError("unavailable", "storage.unavailable", "Storage does not answer", { cause: error });
  }
  return error;
}
