import type { Instant } from "../platform/time.ts";

/** What comes of a content that could not be had. `skipped`: a listed reason that lies with the content and not with us; the run is
 * complete without it. `failed`: the run is Partial. */
interface Policy {
  readonly counts: "skipped" | "failed";
  /** Days from one try to the next; the last distance is repeated, or there is no further try. */
  readonly days: readonly number[];
  readonly then: "repeat" | "stop";
}

const never = { counts: "skipped", days: [], then: "stop" } as const;
/** Somebody may put it back, as long as a recycle bin keeps it (93 days in SharePoint). */
const mayReturn = { counts: "skipped", days: [7, 14, 28, 28], then: "stop" } as const;
/** Somebody may change a permission, a setting or a verdict at any time. */
const mayBeAllowed = { counts: "skipped", days: [7, 14, 28], then: "repeat" } as const;
/** Our request was wrong: a later release may know better. */
const ours = { counts: "failed", days: [7, 14, 28], then: "repeat" } as const;
const passes = { counts: "failed", days: [1, 2, 4, 8, 16, 28], then: "repeat" } as const;

/** Reasons that are not in here pass. docs/contents.md has them all, in words. */
const POLICIES: Readonly<Record<string, Policy>> = {
  "content.address_too_long": never,
  "content.unsupported_link": never,
  "content.not_a_file": never,
  "content.other_tenant": never,
  "content.gone": mayReturn,
  "content.no_access": mayBeAllowed,
  "content.malware": mayBeAllowed,
  "content.too_large": mayBeAllowed,
  "content.host_refused": mayBeAllowed,
  "graph.refused": ours,
};

export const policyOf = (code: string): Policy => POLICIES[code] ?? passes;

const DAY_MS = 24 * 3_600_000;
/** Runs of an organization begin at about the same hour: what is due in so many days is due for the run of that day. */
const EARLY_MS = 4 * 3_600_000;

/** When a content that failed for the so-manieth time (from 1) is tried again; undefined: never. */
export function retryAt(code: string, tries: number, now: Instant): Instant | undefined {
  const { days, then } = policyOf(code);
  const distance = days[tries - 1] ?? (then === "repeat" ? days.at(-1) : undefined);
  return distance === undefined ? undefined : now + distance * DAY_MS - EARLY_MS;
}
