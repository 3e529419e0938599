import { iso, type Instant } from "../platform/time.ts";

/** How many messages Graph returned, by what asked for them (a run, an estimate) and by UTC month (`YYYY-MM`). Rows are written under that
 * name and never added to. */
export interface UsageStore {
  get(organizationId: string, month: string, source: string): Promise<number | undefined>;
  put(organizationId: string, month: string, source: string, messages: number): Promise<void>;
  /** The sum over all sources of a month. */
  sum(organizationId: string, month: string): Promise<number>;
}

/** All that Graph returned for one source since it began. */
export interface Counted {
  readonly source: string;
  readonly since: Instant;
  readonly messages: number;
}

export const monthOf = (instant: Instant): string => iso(instant).slice(0, 7);

/** Notes what a source has come to: this month has what earlier months do not have of it. A repeat writes the same again, in the
 * next month nothing. */
export async function countUsage(
  { usage, now }: { readonly usage: UsageStore; readonly now: () => Instant },
  organizationId: string,
  counted: Counted,
): Promise<void> {
  const month = monthOf(now());
  const messages = counted.messages - (await before(usage, organizationId, counted, month));
  if (messages > 0 || (await usage.get(organizationId, month, counted.source)) !== undefined)
    await usage.put(organizationId, month, counted.source, messages);
}

/** The sum of a month with what is under way: that counts for the month of `now` as far as it is not noted. */
export async function usageOf(
  usage: UsageStore,
  organizationId: string,
  month: string,
  underway?: { readonly counted: Counted; readonly now: Instant },
): Promise<number> {
  const noted = await usage.sum(organizationId, month);
  if (!underway || monthOf(underway.now) !== month) return noted;
  const { counted } = underway;
  const known =
    (await before(usage, organizationId, counted, month)) +
    ((await usage.get(organizationId, month, counted.source)) ?? 0);
  return noted + Math.max(0, counted.messages - known);
}

async function before(usage: UsageStore, organizationId: string, { source, since }: Counted, month: string) {
  let sum = 0;
  for (let earlier = monthOf(since); earlier < month; earlier = nextMonth(earlier))
    sum += (await usage.get(organizationId, earlier, source)) ?? 0;
  return sum;
}

function nextMonth(month: string): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return monthOf(Date.UTC(year, number, 1));
}
