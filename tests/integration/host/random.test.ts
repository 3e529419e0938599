import { setTimeout as sleep } from "node:timers/promises";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installCoreApi } from "../../../local/host/app/core-api.ts";
import { createInvoke } from "../../../local/host/app/invocation.ts";
import { loadEntry } from "../../../local/host/app/load-entry.ts";
import { randomFrom } from "../../../local/host/durable/chaos.ts";
import { type DurableFunctions, durableFunctions } from "../../../local/host/durable/durable-functions.ts";
import { Engine } from "../../../local/host/durable/engine.ts";
import { isEnded, Store } from "../../../local/host/durable/store.ts";
import { fixturePath, temporaryFolder } from "../../support/host.ts";
import { expectedOutput, type Plan, randomPlan } from "../../fixtures/host/random-plan.ts";

/**
 * Random orchestrations of all kinds of steps, with an engine that crashes at random moments and starts again on the same
 * state. A failure prints the seed; SEED=… repeats it.
 */
const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const rounds = Number(process.env["ROUNDS"] ?? 8);
const plansPerRound = 12;

const limits = {
  maxConcurrentActivities: 8,
  maxConcurrentOrchestrators: 5,
  maxConcurrentEntities: 5,
  maxEntityBatch: 3,
};
let functions: DurableFunctions;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  const registry = installCoreApi(() => undefined);
  await loadEntry({ appFolder: fixturePath("host"), entry: "random-app.ts" });
  functions = durableFunctions(
    registry,
    createInvoke(registry, () => undefined),
  );
});

afterAll(() => folder.remove());

for (let round = 0; round < rounds; round++)
  test(`round ${round} of seed ${seed}`, async () => {
    const random = randomFrom(seed + round);
    const path = join(folder.path, `round-${round}.sqlite`);
    const plans = Array.from({ length: plansPerRound }, (_, n): [string, Plan] => [`plan-${n}`, randomPlan(random)]);
    let engine = open(path, random);
    for (const [id, plan] of plans) engine.startInstance({ id, name: "runPlan", input: JSON.stringify(plan) });

    const crashes = 4 + Math.floor(random() * 12);
    for (let crash = 0; crash < crashes; crash++) {
      await sleep(random() * 15);
      engine.abandon();
      engine.store.close();
      engine = open(path, random);
    }
    const limit = Date.now() + 20_000;
    while (plans.some(([id]) => !isEnded(engine.store.instance(id)?.status ?? "Pending"))) {
      if (Date.now() > limit) break;
      await sleep(10);
    }
    for (const [id, plan] of plans) {
      const { status, output } = engine.store.instance(id) ?? {};
      expect({ status, output: JSON.parse(output ?? "null") }, `${id}: ${JSON.stringify(plan)}`).toEqual({
        status: "Completed",
        output: expectedOutput(plan),
      });
    }
    // Everything is heard by somebody, if only after the last orchestration has ended.
    await expect.poll(() => [engine.store.activities(), engine.store.messages()]).toEqual([[], []]);
    engine.abandon();
    engine.store.close();
    await rm(path);
  });

function open(path: string, random: () => number): Engine {
  const chaos = { repeat: 0.1, maxDelayMs: 3, reorder: true, seed: Math.floor(random() * 1e9) };
  const engine = new Engine({ store: new Store(path), functions, limits, logger: () => undefined, chaos });
  engine.start();
  return engine;
}
