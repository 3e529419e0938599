/** So many accounts, and days of each, are looked at. */
export const SAMPLED_ACCOUNTS = 20;
export const SAMPLED_DAYS = 2;
/** Days are drawn from so many before yesterday: whole weeks, and export is up to a day late. */
export const DRAWN_FROM_DAYS = 28;
export const MONTH_DAYS = 30;

export interface Estimate {
  readonly messagesPerMonth: number;
  /** Bounds of about 95 %; no upper one where fewer than two accounts were looked at, or a day held more than was read. */
  readonly low: number;
  readonly high: number | null;
}

/** From the mean of what was seen on a day of each sampled account; the spread between accounts gives the bounds. */
export function estimateOf(perDay: readonly number[], accounts: number, wasCut: boolean): Estimate {
  const n = perDay.length;
  const scale = accounts * MONTH_DAYS;
  if (n === 0) return { messagesPerMonth: 0, low: 0, high: accounts === 0 ? 0 : null };
  const mean = perDay.reduce((sum, one) => sum + one, 0) / n;
  const messagesPerMonth = Math.round(mean * scale);
  if (n < 2) return { messagesPerMonth, low: 0, high: null };
  const variance = perDay.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (n - 1);
  const margin = 2 * Math.sqrt(variance / n);
  return {
    messagesPerMonth,
    low: Math.round(Math.max(0, mean - margin) * scale),
    high: wasCut ? null : Math.round((mean + margin) * scale),
  };
}
