import { organizationOutcomes } from "./outcome-texts/organization-outcomes.ts";
import type { Run } from "./run-store.ts";

/** Somebody's decision, and no fault. */
const DECIDED = /^(feature|plan)\./;

/** Why the organization needs attention after a run: the reason that concerns all of it, or, where of all its accounts not one was
 * backed up, the most frequent one. Undefined when nothing does, whatever single accounts and files ended by. */
export function concernOf({ status, scope, stopCode, totals }: Run): string | undefined {
  const reasons = totals?.reasons ?? [];
  const wide = stopCode ?? reasons.find(({ code }) => code in organizationOutcomes)?.code;
  if (wide !== undefined) return DECIDED.test(wide) ? undefined : wide;
  if (status !== "Failed" || scope !== "all") return undefined;
  return [...reasons].sort((a, b) => b.count - a.count)[0]?.code;
}
