import { z } from "zod";
import type { RateBucket } from "../backup/rate-gate.ts";
import { AppError, isAppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import type { Row, Table } from "./table.ts";

/** `fences`: bucket → instant; `fetchers`: instance → when it counts as gone. Both JSON, both small. */
export const rateRowShape = z.object({ fences: z.string(), fetchers: z.string() });
export type RateRowValue = z.infer<typeof rateRowShape>;

export interface RateRowDeps {
  readonly table: Table<RateRowValue>;
  readonly now: () => Instant;
  /** Names this process among the fetchers. */
  readonly fetcherId: string;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** What this process knows of one shared row, and its own place in the queue. */
export interface RateRow {
  /** Reads the row again when what is known is older than 5 s, and signs this fetcher in for another 30 s; it is among the
   * fetchers when this resolves. Rejects with `storage.unavailable` when others changed the row first 50 times in a row. */
  refresh(): Promise<void>;
  /** Until when a fetcher that came to others sends nothing: by then all of them have read that it is there. */
  opensAt(): Instant;
  fence(bucket: RateBucket): Instant;
  /** When this fetcher's next request of the bucket is due, at `perSecond` divided by the fetchers. */
  peek(bucket: RateBucket, perSecond: number): Instant;
  take(bucket: RateBucket, at: Instant): void;
  /** Moves the fence forward, here and in the row. */
  raise(bucket: RateBucket, notBefore: Instant): Promise<void>;
}

const REREAD_MS = 5_000;
const STAY_MS = 30_000;
const TRIES = 50;
const LONGEST_PAUSE_MS = 1_000;
/** Clocks are set right by less than this all the time. */
const SET_BACK_MS = 60_000;
/** Nobody obeys a Retry-After of more than a day: a fence further ahead was raised by a clock that went wrong. */
const LONGEST_FENCE_MS = 25 * 3_600_000;

type Instants = Readonly<Record<string, Instant>>;
const instants = z.record(z.string(), z.number());
const parse = (text: string): Instants => instants.parse(JSON.parse(text));

export function createRateRow({ table, now, sleep, fetcherId }: RateRowDeps, partitionKey: string): RateRow {
  const key = { partitionKey, rowKey: "rate" };
  const taken = new Map<RateBucket, Instant>();
  let fences: Instants = {};
  let fetchers: Instants = {};
  let readAt = Number.NEGATIVE_INFINITY;
  let opensAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  const active = () => Math.max(1, Object.values(fetchers).filter((until) => until > now()).length);
  /** `asOf`: before it was asked for, so that it is never older than it seems. */
  const know = (row: Known, asOf: Instant) => {
    fences = latest(fences, row.fences, now());
    fetchers = row.fetchers;
    readAt = asOf;
  };

  /** The clock went back: what was known is from days that have not come. */
  const forget = () => {
    [fences, fetchers] = [{}, {}];
    readAt = opensAt = Number.NEGATIVE_INFINITY;
    taken.clear();
  };

  async function read(): Promise<void> {
    const others = (row: Known) =>
      Object.entries(row.fetchers).filter(([id, until]) => id !== fetcherId && until > now());
    const mine = (row: Known) => (row.fetchers[fetcherId] ?? 0) - now();
    const before = await change((row) =>
      // Half of the stay is left: nothing to write, so that a row is written far less often than it is read.
      mine(row) > STAY_MS / 2
        ? undefined
        : { ...row, fetchers: { ...Object.fromEntries(others(row)), [fetcherId]: now() + STAY_MS } },
    );
    // Others may take a stay for over that ends before their next look.
    if (mine(before) <= REREAD_MS && others(before).length > 0) opensAt = now() + REREAD_MS;
  }

  /** Reads, changes, writes; again, a little later, when somebody else was faster. What was there before the change. */
  async function change(alter: (row: Known) => Known | undefined): Promise<Known> {
    for (let attempt = 1; ; attempt++) {
      const asOf = now();
      const stored = await table.get(key);
      const row = stored
        ? {
            fences: latest(parse(stored.value.fences), {}, now()),
            fetchers: until(parse(stored.value.fetchers), now() + 2 * STAY_MS),
          }
        : { fences: {}, fetchers: {} };
      const wanted = alter(row);
      if (!wanted || (await written(stored, wanted))) {
        know(wanted ?? row, asOf);
        return row;
      }
      if (attempt >= TRIES) throw new AppError("unavailable", "storage.unavailable", "The shared rate is contended");
      await sleep(Math.random() * Math.min(LONGEST_PAUSE_MS, 25 * 2 ** attempt));
    }
  }

  async function written(stored: Row<RateRowValue> | undefined, row: Known): Promise<boolean> {
    const value = { fences: JSON.stringify(row.fences), fetchers: JSON.stringify(row.fetchers) };
    try {
      await (stored ? table.replace(stored, value) : table.insert(key, value));
      return true;
    } catch (error) {
      if (isAppError(error, "storage.changed") || isAppError(error, "storage.conflict")) return false;
      throw error;
    }
  }

  return {
    async refresh() {
      if (readAt > now() + SET_BACK_MS) forget();
      const isCounted = (fetchers[fetcherId] ?? 0) > now();
      if (isCounted && readAt + REREAD_MS > now()) return;
      reading ??= read().finally(() => (reading = undefined));
      await reading;
    },
    opensAt: () => opensAt,
    fence: (bucket) => fences[bucket] ?? 0,
    peek(bucket, perSecond) {
      const last = taken.get(bucket) ?? Number.NEGATIVE_INFINITY;
      return Math.max(now(), last + (1_000 * active()) / perSecond);
    },
    take: (bucket, at) => void taken.set(bucket, at),
    async raise(bucket, notBefore) {
      if ((fences[bucket] ?? 0) >= notBefore) return;
      fences = { ...fences, [bucket]: notBefore };
      await change((row) =>
        (row.fences[bucket] ?? 0) >= notBefore
          ? undefined
          : { ...row, fences: latest(row.fences, { [bucket]: notBefore }, now()) },
      );
    },
  };
}

interface Known {
  readonly fences: Instants;
  readonly fetchers: Instants;
}

/** The later of each pair, without those that are over, and those that no right clock raised. */
function latest(a: Instants, b: Instants, now: Instant): Instants {
  const all = [...Object.entries(a), ...Object.entries(b)].filter(([, at]) => at > now).sort(([, x], [, y]) => x - y);
  return until(Object.fromEntries(all), now + LONGEST_FENCE_MS);
}

const until = (all: Instants, last: Instant): Instants =>
  Object.fromEntries(Object.entries(all).filter(([, at]) => at <= last));
