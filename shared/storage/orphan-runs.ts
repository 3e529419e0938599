import type { Instant } from "../platform/time.ts";

/** Whoever asks writes the run first, then the row that names it as queued: within this time, or never. */
const LONGEST_MS = 600_000;

interface Asked {
  readonly runId: string;
  readonly status: string;
  readonly requestedAt: Instant;
}

interface Names {
  readonly queued?: string | undefined;
  readonly running?: string | undefined;
}

/** A run that nobody was told of, and that nothing begins: whoever asks for it is not done yet, or died over it. The names are read
 * before the run: one that ended since says so. */
export const isUnnamed = ({ runId, status }: Asked, { queued, running }: Names): boolean =>
  status === "Queued" && runId !== queued && runId !== running;

/** One of somebody who died over it. */
export const isOrphan = (run: Asked, names: Names, now: Instant): boolean =>
  isUnnamed(run, names) && run.requestedAt < now - LONGEST_MS;
