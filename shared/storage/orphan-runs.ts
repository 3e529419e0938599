import type { Instant } from "../platform/time.ts";
import type { Row } from "./table.ts";

/** Whoever asks writes the run first, then the row that names it as queued: within this time, or never. */
const LONGEST_MS = 600_000;

interface Asked {
  readonly runId: string;
  readonly status: string;
  readonly requestedAt: Instant;
}

/** Runs that were asked for by somebody who died over it: nobody was told of them, and nothing will begin them. */
export const orphanRuns = <T extends Asked>(
  newest: readonly Row<T>[],
  { queued, running }: { readonly queued?: string | undefined; readonly running?: string | undefined },
  now: Instant,
): Row<T>[] =>
  newest.filter(
    ({ value: { runId, status, requestedAt } }) =>
      status === "Queued" && runId !== queued && runId !== running && requestedAt < now - LONGEST_MS,
  );
