import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { rateLimits } from "../../../shared/backup/rate-limits.ts";
import { createRateGate } from "../../../shared/storage/rate-gate.ts";
import { rateRowShape } from "../../../shared/storage/rate-row.ts";
import { table } from "../../../shared/storage/table.ts";
import { type Azurite, startAzurite } from "../../../local/azurite.ts";
import { clientsOf } from "../../support/storage.ts";

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.stop());

/** Gates as of so many processes, over one real table; the clock moves by sleeping alone, so a test of minutes takes none. Who sleeps
 * at the same time wakes in order, once the table has been quiet for a moment. */
function processes(count: number, name: string, rates = { export: 160, app: 800 }) {
  let clock = Date.now();
  const sleepers = new Set<{ readonly until: number }>();
  const sleep = async (ms: number) => {
    const sleeper = { until: clock + ms };
    sleepers.add(sleeper);
    while (clock < sleeper.until) {
      await delay(20);
      clock = Math.max(clock, Math.min(...[...sleepers].map(({ until }) => until)));
    }
    sleepers.delete(sleeper);
  };
  const gates = Array.from({ length: count }, (_, index) =>
    createRateGate({
      table: table(clientsOf(azurite).table("rates"), rateRowShape),
      fetcherId: `process-${index}`,
      limits: rateLimits(rates.export, rates.app),
      now: () => clock,
      sleep,
    }),
  );
  const scope = { tenantId: name, clientId: `app-of-${name}` };
  return { gates, scope, now: () => clock, pass: (ms: number) => void (clock += ms) };
}

it("signs many processes in at once without losing one", async () => {
  const { gates, scope, now, pass } = processes(6, "many");
  await Promise.all(gates.map((gate) => gate.turn(scope, "export")));
  pass(5_001);
  await gates[0]?.turn(scope, "export");
  const start = now();
  for (let i = 0; i < 20; i++) await gates[0]?.turn(scope, "export");
  expect((now() - start) / 20).toBeCloseTo((1_000 / 160) * 6, 0);
});

it("tells the other processes of a fence through the row", async () => {
  const { gates, scope, now, pass } = processes(2, "fenced");
  const [a, b] = gates;
  await b?.turn(scope, "export");
  const notBefore = now() + 3_600_000;
  await a?.fence(scope, "export", notBefore);
  pass(5_001);
  await expect(b?.turn(scope, "export")).rejects.toMatchObject({ code: "graph.throttled", options: { notBefore } });
  await b?.turn(scope, "hosted");
});

it("keeps the latest of fences that are raised at the same time", async () => {
  const { gates, scope, now, pass } = processes(4, "raised");
  const latest = now() + 4_000_000;
  await Promise.all(gates.map((gate, index) => gate.fence(scope, "export", latest - index * 1_000)));
  pass(5_001);
  const fresh = processes(1, "raised").gates[0];
  await expect(fresh?.turn(scope, "export")).rejects.toMatchObject({ options: { notBefore: latest } });
});

it.each(["of another process", "of its own"])(
  "is not held up by a fence and a turn of a clock %s that stood years ahead",
  async (whose) => {
    const { gates, scope, now, pass } = processes(2, whose.replaceAll(" ", "-"));
    const right = now();
    const [a, b] = whose === "of its own" ? [gates[0], gates[0]] : gates;
    pass(4 * 365 * 86_400_000);
    await a?.turn(scope, "export");
    await a?.fence(scope, "export", now() + 3_600_000);
    pass(right - now());
    await b?.turn(scope, "export");
    expect(now() - right).toBeLessThan(10_000);
    // What is wanted now is told in place of it, and nobody counts who was there then.
    const notBefore = now() + 3_600_000;
    await b?.fence(scope, "hosted", notBefore);
    const start = now();
    for (let i = 0; i < 20; i++) await b?.turn(scope, "export");
    expect((now() - start) / 20).toBeCloseTo(1_000 / 160, 0);
    const fresh = processes(1, scope.tenantId);
    await expect(fresh.gates[0]?.turn(scope, "hosted")).rejects.toMatchObject({ options: { notBefore } });
  },
);

it("shares the limit of one app among its tenants and processes", async () => {
  const { gates, now, pass } = processes(2, "shared", { export: 160, app: 40 });
  const scopeOf = (index: number) => ({ tenantId: `tenant-${index}-of-shared`, clientId: "app-of-many-tenants" });
  const turnOfAll = () => Promise.all(gates.map((gate, index) => gate.turn(scopeOf(index), "export")));
  for (let round = 0; round < 3; round++) {
    await turnOfAll();
    pass(5_001);
  }
  await turnOfAll();
  const start = now();
  for (let i = 0; i < 20; i++) await gates[0]?.turn(scopeOf(0), "export");
  expect((now() - start) / 20).toBeCloseTo((1_000 / 40) * 2, 0);
});
