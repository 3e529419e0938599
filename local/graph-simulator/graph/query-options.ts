import type { Call } from "../http/call.ts";
import { badRequest } from "./graph-error.ts";

/** Refuses `$…` options that a call does not document; others are ignored, as Graph does (`model` among them). */
export function onlyOptions(call: Call, allowed: readonly string[]): void {
  for (const name of call.query.keys()) {
    if (!name.startsWith("$") || allowed.includes(name)) continue;
    throw badRequest(
      `Query option '${name}' is not allowed. To allow it, set the 'AllowedQueryOptions' property on EnableQueryAttribute or QueryValidationSettings.`,
    );
  }
}

/** `$top` as a whole number above 0, or undefined where it is absent. */
export function topOf(call: Call): number | undefined {
  const text = call.query.get("$top");
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text) || Number(text) < 1)
    throw badRequest(
      `Invalid value '${text}' for $top query option found. The $top query option requires a non-negative integer value.`,
    );
  return Number(text);
}
