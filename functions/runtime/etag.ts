import { AppError } from "../../shared/platform/errors.ts";
import { hashId } from "../../shared/platform/new-id.ts";

/** A strong ETag for a stored version: storage's own ones are weak and show its clock. */
export const etagOf = (version: string): string => `"${hashId("etag", version)}"`;

/** Throws `precondition_failed` unless the header is absent, `*`, or names this version. */
export function checkIfMatch(ifMatch: string | null, version: string): void {
  if (ifMatch === null || ifMatch.trim() === "*") return;
  const named = ifMatch.split(",").map((tag) => tag.trim());
  if (named.includes(etagOf(version))) return;
  throw new AppError("precondition_failed", "precondition_failed", "It was changed since you read it. Read it again");
}
