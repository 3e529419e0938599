import { entraRefusal } from "../credentials/entra-refusals.ts";
import { AppError } from "../platform/errors.ts";

/** Turns what @azure/identity throws into the `credentials.*` of the refusal (the AADSTS code in `context.aadsts`, 0 where Entra gave none)
 * or `credentials.unavailable` (Entra does not answer; a retry may help). Entra's text quotes ids of the app and the tenant and is not passed on. */
export function entraError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const said = [...texts(error)].join("\n");
  const aadsts = Number(/AADSTS(\d{4,9})/.exec(said)?.[1] ?? 0);
  if (aadsts > 0) {
    const { code } = entraRefusal(aadsts);
    // Codes that pass by themselves.
    if (code === "credentials.unavailable") {
      return new AppError("unavailable", code, "Entra is busy", { context: { aadsts } });
    }
    const message = `Entra refuses the app (AADSTS${aadsts})`;
    return new AppError("forbidden", code, message, { context: { aadsts } });
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
