import type { PathKind } from "./path-kind.ts";

/** Counted since the start or the last reset. */
export interface Stats {
  readonly requests: Partial<Record<PathKind, number>>;
  /** `kind status` → answers, e.g. `export 429`. */
  readonly answers: Record<string, number>;
  readonly throttled: number;
  readonly faults: number;
  /** Most requests in flight at one moment. */
  readonly peakConcurrency: number;
  /** Messages in export answers. */
  readonly exportedMessages: number;
  /** Requests to the content host that carried an Authorization header. */
  readonly authorizationAtContentHost: number;
  /** Requests for files whose User-Agent is not `ISV|Company|App/1.0`: SharePoint serves such traffic last. */
  readonly undecoratedFileRequests: number;
}

export interface StatsRecorder {
  /** A request arrived; what it is about is not known yet. */
  readonly begin: () => void;
  readonly count: (kind: PathKind) => void;
  readonly end: (kind: PathKind, status: number) => void;
  readonly add: (
    what: "throttled" | "faults" | "exportedMessages" | "authorizationAtContentHost" | "undecoratedFileRequests",
    count?: number,
  ) => void;
  readonly read: () => Stats;
  readonly reset: () => void;
}

export function makeStats(): StatsRecorder {
  const zero = () => ({
    throttled: 0,
    faults: 0,
    exportedMessages: 0,
    authorizationAtContentHost: 0,
    undecoratedFileRequests: 0,
  });
  let counts = zero();
  let requests: Partial<Record<PathKind, number>> = {};
  let answers: Record<string, number> = {};
  let inFlight = 0;
  let peakConcurrency = 0;
  return {
    count: (kind) => {
      requests[kind] = (requests[kind] ?? 0) + 1;
    },
    begin: () => {
      peakConcurrency = Math.max(peakConcurrency, ++inFlight);
    },
    end: (kind, status) => {
      inFlight--;
      const key = `${kind} ${status}`;
      answers[key] = (answers[key] ?? 0) + 1;
    },
    add: (what, count = 1) => {
      counts[what] += count;
    },
    read: () => ({ requests: { ...requests }, answers: { ...answers }, ...counts, peakConcurrency }),
    reset: () => {
      counts = zero();
      requests = {};
      answers = {};
      peakConcurrency = inFlight;
    },
  };
}
