import { describe, expect, it } from "vitest";
import { rateLimits } from "../../../shared/backup/rate-limits.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { createRateGate } from "../../../shared/storage/rate-gate.ts";
import type { RateRowValue } from "../../../shared/storage/rate-row.ts";
import type { Row, Table } from "../../../shared/storage/table.ts";

let clock = 1_000_000;
const scope = { tenantId: "tenant", clientId: "app" };

/** Rows in memory with the table's own rules for ETags; the clock moves by sleeping alone (`move` says how). */
function world(move = (ms: number) => void (clock += ms)) {
  const rows = new Map<string, Row<RateRowValue>>();
  const count = { reads: 0, writes: 0 };
  const notUsed = () => Promise.reject(new Error("not used"));
  const put = (key: { partitionKey: string; rowKey: string }, value: RateRowValue) => {
    count.writes++;
    rows.set(key.partitionKey, { ...key, value, etag: `${count.writes}` });
    return `${count.writes}`;
  };
  const table: { -readonly [K in keyof Table<RateRowValue>]: Table<RateRowValue>[K] } = {
    get: async ({ partitionKey }) => (count.reads++, rows.get(partitionKey)),
    insert: async (key, value) => {
      if (rows.has(key.partitionKey)) throw new AppError("conflict", "storage.conflict", "there");
      return put(key, value);
    },
    replace: async (row, value) => {
      if (rows.get(row.partitionKey)?.etag !== row.etag) throw new AppError("conflict", "storage.changed", "changed");
      return put(row, value);
    },
    list: () => {
      throw new Error("not used");
    },
    page: notUsed,
    upsert: notUsed,
    delete: notUsed,
    partitions: () => {
      throw new Error("not used");
    },
    transaction: notUsed,
  };
  const gate = (fetcherId: string) =>
    createRateGate({
      table,
      fetcherId,
      now: () => clock,
      limits: rateLimits(100, 800),
      sleep: async (ms) => move(ms),
    });
  /** So many writes from now on find that somebody else was faster. */
  const loseWrites = (losses: number) => {
    const { insert, replace } = table;
    let left = losses;
    const lose = () => {
      if (left-- > 0) throw new AppError("conflict", "storage.changed", "changed");
    };
    table.insert = async (...row) => (lose(), insert(...row));
    table.replace = async (...row) => (lose(), replace(...row));
  };
  const stored = (what: "fetchers" | "fences") =>
    JSON.parse(rows.get("tenant|tenant")?.value[what] ?? "{}") as Record<string, number>;
  return { gate, count, stored, loseWrites, now: () => clock, pass: (ms: number) => (clock += ms) };
}

async function turns(gate: ReturnType<ReturnType<typeof world>["gate"]>, count: number) {
  for (let i = 0; i < count; i++) await gate.turn(scope, "export");
}

describe("createRateGate", () => {
  it("gives a lone fetcher the whole rate", async () => {
    const { gate, now } = world();
    const alone = gate("a");
    const start = now();
    await turns(alone, 101);
    expect(now() - start).toBeCloseTo(1_000, -1);
  });

  it("divides the rate by the fetchers, and gives it back when one is gone", async () => {
    const { gate, now, pass } = world();
    const [a, b] = [gate("a"), gate("b")];
    await a.turn(scope, "export");
    await b.turn(scope, "export");
    pass(5_001);
    const start = now();
    await turns(a, 51);
    expect(now() - start).toBeCloseTo(1_000, -1);
    pass(31_000);
    const later = now();
    await turns(a, 101);
    expect(now() - later).toBeCloseTo(1_000, -1);
  });

  it("never lets more out than the rate while fetchers come one after the other", async () => {
    const sent: number[] = [];
    const { gate, now } = world();
    const gates = ["a", "b", "c"].map(gate);
    const due = gates.map((_, index) => now() + index * 7_300);
    const until = now() + 30_000;
    // Whose turn would be first sends first: each gate waits on a clock of its own, put forward as far as the turn needs.
    while (Math.min(...due) < until) {
      const index = due.indexOf(Math.min(...due));
      clock = due[index] ?? clock;
      await gates[index]?.turn(scope, "export");
      sent.push(clock);
      due[index] = clock;
    }
    sent.sort((a, b) => a - b);
    const inSecond = sent.map((at, n) => sent.slice(n).findIndex((later) => later >= at + 1_000));
    expect(Math.max(...inSecond)).toBeLessThanOrEqual(101);
    expect(sent.length).toBeGreaterThan(2_000);
  });

  it("sends nothing while it is not among the fetchers, however often others are faster", async () => {
    const { gate, stored, loseWrites } = world();
    loseWrites(30);
    await gate("a").turn(scope, "export");
    expect(Object.keys(stored("fetchers"))).toEqual(["a"]);
  });

  it("is among the fetchers also when it raised a fence before", async () => {
    const { gate, now, stored } = world();
    const a = gate("a");
    await a.fence(scope, "hosted", now() + 30_000);
    await a.turn(scope, "export");
    expect(Object.keys(stored("fetchers"))).toEqual(["a"]);
  });

  it("counts as a newcomer again once the others may have taken it for gone", async () => {
    const { gate, now, pass } = world();
    const [a, b] = [gate("a"), gate("b")];
    await a.turn(scope, "export");
    await b.turn(scope, "export");
    for (let second = 0; second < 26; second++) {
      pass(1_000);
      await a.turn(scope, "export");
    }
    const start = now();
    await b.turn(scope, "export");
    expect(now() - start).toBe(5_000);
  });

  it("tells of a fence however often others are faster, and says so when it cannot", async () => {
    const { gate, now, stored, loseWrites } = world();
    const alone = gate("a");
    loseWrites(30);
    await alone.fence(scope, "export", now() + 600_000);
    expect(stored("fences")["export"]).toBeGreaterThan(now());
    loseWrites(200);
    await expect(alone.fence(scope, "hosted", now() + 600_000)).rejects.toMatchObject({ code: "storage.unavailable" });
  });

  it("keeps buckets apart", async () => {
    const { gate, now } = world();
    const alone = gate("a");
    await alone.fence(scope, "hosted", now() + 30_000);
    const start = now();
    await alone.turn(scope, "export");
    expect(now() - start).toBe(0);
    await alone.turn(scope, "hosted");
    expect(now() - start).toBe(30_000);
  });

  it("holds everybody back until the fence, and sends longer waits away", async () => {
    const { gate, now, pass } = world();
    const [a, b] = [gate("a"), gate("b")];
    await b.turn(scope, "export");
    const until = now() + 600_000;
    await a.fence(scope, "export", until);
    await expect(a.turn(scope, "export")).rejects.toMatchObject({
      code: "graph.throttled",
      options: { notBefore: until },
    });
    pass(5_001);
    await expect(b.turn(scope, "export")).rejects.toMatchObject({ options: { notBefore: until } });
    pass(590_000);
    await b.turn(scope, "export");
    expect(now()).toBeGreaterThanOrEqual(until);
  });

  it("never moves a fence back", async () => {
    const { gate, now, count } = world();
    const alone = gate("a");
    await alone.fence(scope, "export", now() + 50_000);
    const writes = count.writes;
    await alone.fence(scope, "export", now() + 10_000);
    expect(count.writes).toBe(writes);
    const start = now();
    await alone.turn(scope, "export");
    expect(now() - start).toBeGreaterThanOrEqual(50_000);
  });

  it("reads its two rows every five seconds and writes them far less often", async () => {
    const { gate, count, now } = world();
    const alone = gate("a");
    const start = now();
    while (now() - start < 60_000) await alone.turn(scope, "export");
    expect(count.reads).toBeLessThanOrEqual(2 * 13);
    expect(count.writes).toBeLessThanOrEqual(2 * 5);
  });

  it("sends a queue of more than a minute away", async () => {
    const { gate, now } = world(() => undefined);
    const alone = gate("a");
    const ends = await Promise.allSettled(Array.from({ length: 700 }, () => alone.turn(scope, "files")));
    const away = ends.filter((end) => end.status === "rejected");
    expect(away).toHaveLength(99);
    expect(away[0]?.reason).toMatchObject({ code: "graph.throttled", options: { notBefore: now() + 60_100 } });
  });

  it("stops for an aborted signal", async () => {
    const reason = new Error("stop");
    await expect(world().gate("a").turn(scope, "export", AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
