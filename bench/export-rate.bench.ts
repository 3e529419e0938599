import { setTimeout as delay } from "node:timers/promises";
import type { Stats } from "../local/graph-simulator/stats.ts";
import { startSimulatedApp } from "./support/simulated-app.ts";

/* A Graph that takes 100 ms per answer, hands out 20 messages a page and keeps to its documented limits: how much of the
 * allowed EXPORT_REQUESTS_PER_SECOND a backup keeps up for a minute. Fails below 95 %, and when Graph had to throttle. */

const FLOOR = 0.95;
const PER_SECOND = 160;
const WARM_UP_MS = 5_000;
const MEASURED_MS = 60_000;

const app = await startSimulatedApp({
  sizes: { accounts: 22, messages: 70_000, chats: 40 },
  exportPageSize: 20,
  faults: [{ kind: "slow", on: "export", delayMs: 100 }],
});
try {
  const stats = async (): Promise<Stats> =>
    (await (await fetch(`${app.simulator.graphUrl}/_simulator/stats`)).json()) as Stats;
  const run = app.backUp();
  await delay(WARM_UP_MS);
  const before = await stats();
  const start = performance.now();
  await Promise.race([delay(MEASURED_MS), run]);
  const seconds = (performance.now() - start) / 1_000;
  const after = await stats();
  const rate = ((after.requests.export ?? 0) - (before.requests.export ?? 0)) / seconds;
  const throttled = after.answers["export 429"] ?? 0;
  console.log(`${rate.toFixed(1)} export requests a second over ${seconds.toFixed(0)} s, ${throttled} throttled`);
  console.log(`${Math.round((100 * rate) / PER_SECOND)} % of the ${PER_SECOND} that are allowed`);
  if (seconds < MEASURED_MS / 1_000 - 1) console.log("The tenant was too small for a minute.");
  if (rate < FLOOR * PER_SECOND || throttled > 0) process.exitCode = 1;
} finally {
  await app.stop();
}
