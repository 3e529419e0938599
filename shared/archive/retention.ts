import type { Instant } from "../platform/time.ts";
import type { ArchiveOf } from "./archive-store.ts";

/** From when on an account's messages are shown; what was created before is past its organization's retention. Minus infinity where
 * everything is kept, and for an account that is held. */
export type VisibleFrom = (of: ArchiveOf) => Promise<Instant>;

export const everything: VisibleFrom = () => Promise.resolve(Number.NEGATIVE_INFINITY);

const DAY_MS = 86_400_000;

export const visibleFor = (days: number, now: Instant): Instant => now - days * DAY_MS;

/** Whether all of a month, `yyyy-MM`, is before that; never for messages without a date. */
export function isMonthPast(month: string, visibleFrom: Instant): boolean {
  const [, year, number] = /^(\d{4})-(\d{2})$/.exec(month) ?? [];
  return year !== undefined && Date.UTC(Number(year), Number(number)) <= visibleFrom;
}
