import { readFile } from "node:fs/promises";
import type { OrchestrationContext, Task } from "durable-functions";
import { expect, test } from "vitest";
import { LANES } from "../../../functions/orchestrators/backup-organization.ts";
import { runLanes } from "../../../functions/orchestrators/run-lanes.ts";
import { CONTENT_GROUPS } from "../../../shared/backup/fetch-contents.ts";

/** Windows that each lane is told to fetch at a time. */
function windowsOf(lanes: number): number[] {
  const told: number[] = [];
  const df = {
    callSubOrchestrator: (_name: string, input: { windows: number }) => {
      told.push(input.windows);
      return { isFaulted: false };
    },
    Task: { all: (tasks: readonly Task[]) => tasks },
  };
  const of = { organizationId: "o", runId: "r", phase: "fetch" } as const;
  const flow = runLanes({ df } as unknown as OrchestrationContext, of, lanes);
  flow.next();
  expect(flow.next()).toEqual({ done: true, value: [] });
  return told;
}

test.each([1, 2, 3, 5, LANES])("%i lanes and the contents leave a place for activities of others", async (lanes) => {
  const host = JSON.parse(await readFile("host.json", "utf8")) as {
    extensions: { durableTask: { maxConcurrentActivityFunctions: number } };
  };
  const told = windowsOf(lanes);
  expect(told).toHaveLength(lanes);
  for (const windows of told) expect(windows).toBeGreaterThan(0);
  const inFlight = told.reduce((sum, windows) => sum + windows, CONTENT_GROUPS);
  expect(inFlight).toBeLessThan(host.extensions.durableTask.maxConcurrentActivityFunctions);
});
