import { expect, test } from "vitest";
import type { OperationOutcome } from "../../../shared/operations/operation.contract.ts";
import { type Operation, type Starter, getOperation, startOperation } from "../../../shared/operations/operations.ts";

function world() {
  const rows = new Map<string, Operation>();
  const outcomes = new Map<string, OperationOutcome>();
  const instance: { input?: object; status?: string } = {};
  const starter: Starter = {
    async start(_, __, input) {
      if (instance.status === "Running") return "running";
      Object.assign(instance, { input, status: "Running" });
      return "started";
    },
    status: async () =>
      instance.status ? { status: instance.status, input: instance.input, customStatus: { done: 1 } } : undefined,
  };
  const operations = {
    insert: async (operation: Operation) => void rows.set(operation.operationId, operation),
    find: async (id: string) => rows.get(id),
    finish: async (id: string, outcome: OperationOutcome) => void outcomes.set(id, outcome),
    outcome: async (id: string) => outcomes.get(id),
  };
  const deps = { operations, now: () => 1 };
  const start = (principalId: string) =>
    startOperation(deps, starter, {
      ...{ principalId, organizationId: "o", instanceId: "i", orchestrator: "x", input: { organizationId: "o" } },
    });
  const get = (operationId: string, principalId: string) => getOperation(deps, starter, { operationId, principalId });
  return { start, get, instance, outcomes, run: () => (instance.input as { operationId: string }).operationId };
}

test("work is queued, runs, and ends with what it came to", async () => {
  const { start, get, outcomes, run } = world();
  const { id } = await start("a");
  expect(await get(id, "a")).toMatchObject({ id, status: "Running", progress: { done: 1 } });
  outcomes.set(run(), { status: "Completed", result: { accounts: 3 } });
  expect(await get(id, "a")).toMatchObject({ status: "Completed", result: { accounts: 3 }, error: null });
});

test("who comes while it runs joins it under an id of their own, which others cannot see", async () => {
  const { start, get, outcomes, run } = world();
  const [first, second] = [await start("a"), await start("b")];
  expect(second.id).not.toBe(first.id);
  outcomes.set(run(), { status: "Failed", code: "graph.forbidden" });
  expect(await get(second.id, "b")).toMatchObject({ status: "Failed", error: { code: "graph.forbidden" } });
  await expect(get(second.id, "a")).rejects.toMatchObject({ code: "operation.not_found" });
  await expect(get("nobody", "a")).rejects.toMatchObject({ code: "operation.not_found" });
});

test("a run that was stopped without an outcome has failed, also when a later one runs", async () => {
  const { start, get, instance } = world();
  const { id } = await start("a");
  instance.status = "Terminated";
  expect(await get(id, "a")).toMatchObject({ status: "Failed", error: { code: "internal" } });
  await start("a");
  expect(await get(id, "a")).toMatchObject({ status: "Failed", error: { code: "internal" } });
});
