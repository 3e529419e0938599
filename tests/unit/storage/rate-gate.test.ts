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
  const table: Table<RateRowValue> = {
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
  return { gate, count, rows, now: () => clock, pass: (ms: number) => (clock += ms) };
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
