import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestHost, temporaryFolder, type TestHost } from "../../support/host.ts";

let host: TestHost;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  host = await startTestHost("conformance", { entry: "app.cjs", stateDirectory: folder.path });
});

afterAll(async () => {
  await host.stop();
  await folder.remove();
});

/** Starts an instance named like the orchestrator and waits for its output. */
async function outputOf(name: string, input?: unknown, id = `${name}-${crypto.randomUUID()}`): Promise<unknown> {
  await host.durable.start(name, id, input);
  return (await host.durable.ended(id)).output;
}

describe("activities", () => {
  test("a fan-out gets every result in order", async () => {
    expect(await outputOf("fanout", { n: 50 })).toEqual(Array.from({ length: 50 }, (_, n) => n * n));
  });

  test("values come back as in production, bare booleans as text", async () => {
    expect(await outputOf("strings")).toEqual([
      ...["abc", "123", '{"a":1}', 5, "True", null, null, [1, "x"], "", 1.5, { b: 1 }, "2020-01-01T00:00:00Z"],
    ]);
  });

  test("a failure reaches the orchestrator, which may catch it", async () => {
    const caught = (await outputOf("badCaught")) as { message: string };
    expect(caught.message).toContain("Activity function 'bad' failed:  activity says no: x");
  });

  test("an uncaught failure fails the instance", async () => {
    await host.durable.start("badUncaught", "uncaught");
    const ended = await host.durable.ended("uncaught");
    expect(ended.runtimeStatus).toBe("Failed");
    expect(ended.output).toContain("Orchestrator function 'badUncaught' failed: Activity function 'bad' failed");
  });

  test("retries go on until one succeeds or none is left", async () => {
    expect(await outputOf("retry", { key: "some", fail: 2 })).toBe("ok after 3");
    const failed = (await outputOf("retry", { key: "all", fail: 9, max: 3 })) as { failed: string };
    expect(failed.failed).toContain("boom 3");
  });

  test("an activity that the app does not have leaves the instance waiting", async () => {
    await host.durable.start("noSuchActivity", "missing");
    await expect.poll(() => host.lines.join()).toContain("missing waits: step 0");
    expect((await host.durable.status("missing")).runtimeStatus).toBe("Running");
  });
});

describe("sub-orchestrations", () => {
  test("children with and without an id answer, and a failing one throws", async () => {
    const output = (await outputOf("parent", undefined, "parent-1")) as Record<string, unknown>;
    expect(output["a"]).toEqual({ parent: "parent-1", x: 7 });
    expect(output["b"]).toEqual({ parent: "parent-1", x: 8 });
    expect(output["e"]).toContain("Orchestrator function 'child' failed: child failed");
    expect((await host.durable.status("parent-1-kid")).runtimeStatus).toBe("Completed");
  });

  test("an unknown orchestrator fails at once", async () => {
    expect(await outputOf("nope")).toContain("The function 'nope' doesn't exist");
  });
});

describe("timers and events", () => {
  test("a timer fires when it is due", async () => {
    const { ms } = (await outputOf("timer", { ms: 120 })) as { ms: number };
    expect(ms).toBeGreaterThanOrEqual(120);
  });

  test("an event that comes before the wait is kept", async () => {
    await host.durable.start("event2", "early");
    await host.durable.raise("early", "go", 1);
    await host.durable.raise("early", "go", "two");
    expect((await host.durable.ended("early")).output).toEqual([1, "two"]);
  });

  test("of an event and a timer the first wins, and a cancelled timer holds nothing up", async () => {
    await host.durable.start("race", "race-event", {});
    await host.durable.raise("race-event", "approve", { ok: true });
    expect((await host.durable.ended("race-event")).output).toEqual({ got: { ok: true } });
    expect(await outputOf("race", { ms: 60 })).toBe("timeout");
  });

  test("a timer that nobody cancels keeps the instance running until it fires", async () => {
    await host.durable.start("raceNoCancel", "open-timer", { ms: 400 });
    await host.durable.raise("open-timer", "approve", 1);
    await expect
      .poll(async () => (await host.durable.status("open-timer", "?showHistory=true")).historyEvents)
      .toHaveLength(3);
    expect((await host.durable.status("open-timer")).runtimeStatus).toBe("Running");
    expect((await host.durable.ended("open-timer")).output).toEqual({ got: 1 });
  });

  test("continue-as-new starts afresh and leaves later events to the next execution", async () => {
    expect(await outputOf("eternal", { n: 1, to: 6 })).toBe("done at 6");
    await host.durable.start("carry", "carry", { seen: [] });
    for (const item of ["a", "b", "c"]) {
      const before = item === "a" ? [] : ["a", "b"].slice(0, item === "b" ? 1 : 2);
      await host.durable.until("carry", ({ input, runtimeStatus }) => {
        return runtimeStatus === "Running" && JSON.stringify(input) === JSON.stringify({ seen: before });
      });
      await host.durable.raise("carry", "item", item);
    }
    expect((await host.durable.ended("carry")).output).toEqual(["a", "b", "c"]);
  });
});

describe("entities", () => {
  test("signals and calls are worked off in order, and a failed call throws", async () => {
    const output = await outputOf("signalSelf", undefined, "sig-1");
    expect(output).toEqual({ v: 105, e: { name: "Error", message: "[object Object]" } });
    expect(await (await host.durable.get("entities/counter/sig-1")).json()).toBe(105);
  });

  test("a critical section holds all its entities and gives them back", async () => {
    const ids = Array.from({ length: 5 }, (_, n) => `lock-${n}`);
    for (const id of ids) await host.durable.start("lock", id);
    for (const id of ids) expect((await host.durable.ended(id)).runtimeStatus).toBe("Completed");
    expect(await (await host.durable.get("entities/Counter/lockA")).json()).toBe(5);
  });
});

describe("orchestrators", () => {
  test("code that does not fit its history fails with both names", async () => {
    expect(await outputOf("nondet")).toContain("named 'echo', but the current orchestration replay instead scheduled");
  });

  test("an exception keeps the custom status", async () => {
    await host.durable.start("boom", "boom");
    const ended = await host.durable.ended("boom");
    expect(ended).toMatchObject({ runtimeStatus: "Failed", customStatus: { step: 1 } });
    expect(ended.output).toBe("Orchestrator function 'boom' failed: orchestrator says no");
  });
});
