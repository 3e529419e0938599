import type { RateBucket } from "./rate-gate.ts";

/** Requests per second, of one tenant and of one app over all tenants. */
export interface RateLimit {
  readonly tenant: number;
  readonly app: number;
}

export type RateLimits = Readonly<Record<RateBucket, RateLimit>>;

/** Graph judges its limits on short bursts; about 80 % of the documented number holds for long. Export has its own settings.
 * Files and the directory are limited by resource units instead: these are cautious guesses below them.
 * @see https://learn.microsoft.com/graph/throttling-limits#microsoft-teams-service-limits */
export const rateLimits = (exportPerSecond: number, exportPerSecondApp: number): RateLimits => ({
  export: { tenant: exportPerSecond, app: exportPerSecondApp },
  chats: { tenant: 16, app: 160 },
  teams: { tenant: 24, app: 1_200 },
  hosted: { tenant: 48, app: 480 },
  files: { tenant: 10, app: 1_000 },
  directory: { tenant: 20, app: 1_000 },
});
