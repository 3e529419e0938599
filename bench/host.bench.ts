import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { spawnHost } from "../local/host/spawn-host.ts";

/** No-op activities per second in fan-outs on the local host. Prints plain figures: `node bench/host.bench.ts`. */

/** What is expected on two cores. */
const atLeast = 2_000;

const stateDirectory = await mkdtemp(join(tmpdir(), "host-bench-"));
const host = await spawnHost({
  appFolder: fileURLToPath(new URL("../tests/fixtures/host", import.meta.url)),
  entry: "bench-app.ts",
  stateDirectory,
});
const base = `${host.url}/runtime/webhooks/durabletask`;

async function run(id: string, activities: number): Promise<void> {
  const headers = { "content-type": "application/json" };
  await fetch(`${base}/orchestrators/fanOut/${id}`, { method: "POST", headers, body: JSON.stringify({ activities }) });
  for (;;) {
    const response = await fetch(`${base}/instances/${id}?showInput=false`);
    const { runtimeStatus, output } = (await response.json()) as { runtimeStatus: string; output: unknown };
    if (response.status === 202) {
      await sleep(10);
      continue;
    }
    if (output !== activities) throw new Error(`${id} ended as ${runtimeStatus} with ${JSON.stringify(output)}.`);
    return;
  }
}

const figures: { "fan-outs": number; "activities each": number; "activities per second": number }[] = [];
await run("warm-up", 200);
for (const [instances, activities] of [
  [1, 1_000],
  [1, 5_000],
  [100, 50],
] as const) {
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: instances }, (_, n) => run(`${instances}x${activities}-${n}`, activities)));
  const seconds = (performance.now() - startedAt) / 1000;
  const perSecond = Math.round((instances * activities) / seconds);
  figures.push({ "fan-outs": instances, "activities each": activities, "activities per second": perSecond });
}
await host.stop();
await rm(stateDirectory, { recursive: true });

console.table(figures);
const slowest = Math.min(...figures.map((figure) => figure["activities per second"]));
console.log(`slowest: ${slowest}/s, expected: at least ${atLeast}/s`);
process.exitCode = slowest >= atLeast ? 0 : 1;
