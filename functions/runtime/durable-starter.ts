import type { InvocationContext } from "@azure/functions";
import { getClient } from "durable-functions";

export interface InstanceStatus {
  /** `Pending`, `Running`, `Completed`, `Failed`, `Terminated`, `Suspended`, `Canceled` or `ContinuedAsNew`. */
  readonly status: string;
  readonly input: unknown;
  readonly customStatus: unknown;
  readonly output: unknown;
  readonly createdAt: number;
}

/** What routes, timers and queues may do with orchestrations. Inputs are objects with ids and numbers only. */
export interface DurableStarter {
  /** Starts the instance unless one with this id is pending or running: the id is the lock. */
  start(instanceId: string, orchestrator: string, input: object): Promise<"started" | "running">;
  /** Nothing for an instance that never was, or is purged. */
  status(instanceId: string): Promise<InstanceStatus | undefined>;
}

/** The client of the invocation's durable input. The only file that knows how the extension words its refusals. */
export function durableStarter(context: InvocationContext): DurableStarter {
  return {
    async start(instanceId, orchestrator, input) {
      try {
        await getClient(context).startNew(orchestrator, { instanceId, input });
        return "started";
      } catch (error) {
        if (error instanceof Error && error.message.includes("already exists")) return "running";
        throw error;
      }
    },
    async status(instanceId) {
      try {
        const found = await getClient(context).getStatus(instanceId, { showInput: true });
        return {
          status: String(found.runtimeStatus),
          input: parsed(found.input),
          customStatus: found.customStatus,
          output: found.output,
          createdAt: new Date(found.createdTime).getTime(),
        };
      } catch (error) {
        if (error instanceof Error && error.message.includes("HTTP 404")) return undefined;
        throw error;
      }
    },
  };
}

/** The input comes back as its JSON text from some back ends. */
function parsed(input: unknown): unknown {
  if (typeof input !== "string") return input;
  try {
    return JSON.parse(input);
  } catch {
    return input;
  }
}
