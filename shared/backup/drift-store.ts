import type { Instant } from "../platform/time.ts";

/** What one check of an organization found. */
export interface Drift {
  readonly driftId: string;
  readonly checkedAt: Instant;
  readonly windows: number;
  readonly messages: number;
  readonly missing: number;
  readonly changed: number;
  readonly codes: readonly string[];
}

export interface DriftStore {
  /** Writing it again is fine. */
  put(organizationId: string, drift: Drift): Promise<void>;
  /** Newest first, after that one. */
  list(organizationId: string, limit: number, after?: string): Promise<Drift[]>;
}
