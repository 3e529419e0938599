import { AppError } from "../platform/errors.ts";

/** Codes that pass by themselves.
 * @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const TRANSIENT = new Set([90006, 90012, 90024, 90033, 90055]);

/** Turns what @azure/identity throws into `credentials.refused` (the AADSTS code in `context.aadsts`)
 * or `credentials.unavailable` (Entra does not answer; a retry may help). Entra's text quotes ids of the app and the tenant and is not passed on. */
export function entraError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const said = [...texts(error)].join("\n");
  const aadsts = Number(/AADSTS(\d{4,9})/.exec(said)?.[1] ?? 0);
  if (TRANSIENT.has(aadsts)) {
    return new AppError("unavailable", "credentials.unavailable", "Entra is busy", { context: { aadsts } });
  }
  if (aadsts > 0) {
    const message = `Entra refuses the app (AADSTS${aadsts})`;
    return new AppError("forbidden", "credentials.refused", message, { context: { aadsts } });
  }
  if (/invalid_client|unauthorized_client|invalid_request/.test(said)) {
    return new AppError("forbidden", "credentials.refused", "Entra refuses the app", { context: { aadsts: 0 } });
  }
  return new AppError("unavailable", "credentials.unavailable", "Entra does not answer");
}

function* texts(error: unknown, depth = 0): Generator<string> {
  if (!(error instanceof Error) || depth > 4) return;
  yield `${error.name}: ${error.message}`;
  if ("errorResponse" in error) yield JSON.stringify(error.errorResponse);
  yield* texts(error.cause, depth + 1);
}
