/** Milliseconds since 1970-01-01T00:00:00Z. Times are instants inside and ISO 8601 only at the edges. */
export type Instant = number;

export const iso = (instant: Instant): string => new Date(instant).toISOString();
