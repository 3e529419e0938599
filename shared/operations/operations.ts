import { AppError } from "../platform/errors.ts";
import { newId } from "../platform/new-id.ts";
import type { Instant } from "../platform/time.ts";
import type { OperationOutcome } from "./operation.contract.ts";

/** Work that somebody started and may ask about. */
export interface Operation {
  readonly operationId: string;
  /** Only this principal may see it. */
  readonly principalId: string;
  readonly organizationId: string;
  /** The durable instance that does the work. */
  readonly instanceId: string;
  /** The operation whose outcome counts: another one when the work already ran. */
  readonly runId: string;
  readonly startedAt: Instant;
}

export interface OperationStore {
  insert(operation: Operation): Promise<void>;
  find(operationId: string): Promise<Operation | undefined>;
  /** Writing an outcome again is fine: the last one counts. */
  finish(runId: string, outcome: OperationOutcome): Promise<void>;
  outcome(runId: string): Promise<OperationOutcome | undefined>;
}

/** The part of a durable client that operations need; instances take `{operationId, …}` as input. */
export interface Starter {
  start(instanceId: string, orchestrator: string, input: object): Promise<"started" | "running">;
  status(
    instanceId: string,
  ): Promise<{ readonly status: string; readonly input: unknown; readonly customStatus: unknown } | undefined>;
}

export interface OperationsDeps {
  readonly operations: OperationStore;
  readonly now: () => Instant;
}

export interface Work {
  readonly principalId: string;
  readonly organizationId: string;
  readonly instanceId: string;
  readonly orchestrator: string;
  /** Beside the operationId: ids and numbers only. */
  readonly input: Readonly<Record<string, string | number | boolean>>;
}

export interface OperationState {
  readonly id: string;
  readonly status: "Queued" | "Running" | "Completed" | "Failed";
  readonly progress: Readonly<Record<string, unknown>> | null;
  readonly result: Readonly<Record<string, string | number | boolean>> | null;
  readonly error: { readonly code: string } | null;
}

/** Starts the work, or joins it while it runs: the instance id is the lock. */
export async function startOperation(
  { operations, now }: OperationsDeps,
  starter: Starter,
  work: Work,
): Promise<OperationState> {
  const startedAt = now();
  const operationId = newId(startedAt);
  const { principalId, organizationId, instanceId } = work;
  const started = await starter.start(instanceId, work.orchestrator, { ...work.input, operationId });
  const running = started === "running" ? runIn((await starter.status(instanceId))?.input) : undefined;
  await operations.insert({
    operationId,
    principalId,
    organizationId,
    instanceId,
    runId: running ?? operationId,
    startedAt,
  });
  return { id: operationId, status: "Queued", progress: null, result: null, error: null };
}

/** Throws `operation.not_found` for everybody but who started it. */
export async function getOperation(
  { operations }: OperationsDeps,
  starter: Starter,
  asked: { readonly operationId: string; readonly principalId: string },
): Promise<OperationState> {
  const operation = await operations.find(asked.operationId);
  if (operation?.principalId !== asked.principalId) {
    throw new AppError("not_found", "operation.not_found", "There is no such operation");
  }
  const instance = await starter.status(operation.instanceId);
  const outcome = await operations.outcome(operation.runId);
  const id = operation.operationId;
  if (outcome?.status === "Completed")
    return { id, status: "Completed", progress: null, result: outcome.result, error: null };
  if (outcome) return { id, status: "Failed", progress: null, result: null, error: { code: outcome.code } };
  const own = instance && runIn(instance.input) === operation.runId ? instance : undefined;
  const status = OPEN[own?.status ?? ""];
  // Ended without an outcome: stopped from outside, or broken.
  if (!own || !status) return { id, status: "Failed", progress: null, result: null, error: { code: "internal" } };
  return { id, status, progress: progressOf(own.customStatus), result: null, error: null };
}

const OPEN: Readonly<Record<string, "Queued" | "Running">> = {
  Pending: "Queued",
  Running: "Running",
  Suspended: "Running",
  ContinuedAsNew: "Running",
};

const runIn = (input: unknown): string | undefined =>
  typeof input === "object" && input !== null && "operationId" in input && typeof input.operationId === "string"
    ? input.operationId
    : undefined;

const progressOf = (custom: unknown): Readonly<Record<string, unknown>> | null =>
  typeof custom === "object" && custom !== null ? { ...custom } : null;
