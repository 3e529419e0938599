import type { Instant } from "../platform/time.ts";

/** Whoever asks writes the run first, then the row that names it as queued: within this time, or never. */
const LONGEST_MS = 600_000;

interface Asked {
  readonly runId: string;
  readonly status: string;
  readonly requestedAt: Instant;
}

/** A run that was asked for by somebody who died over it: nobody was told of it, and nothing will begin it. */
export const isOrphan = (
  { runId, status, requestedAt }: Asked,
  { queued, running }: { readonly queued?: string | undefined; readonly running?: string | undefined },
  now: Instant,
): boolean => status === "Queued" && runId !== queued && runId !== running && requestedAt < now - LONGEST_MS;
