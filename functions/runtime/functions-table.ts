import type { TimerHandler } from "@azure/functions";
import type { OrchestrationHandler } from "durable-functions";
import type { ActivityDefinition } from "./activity.ts";
import type { Route } from "./route.ts";

export interface OrchestratorDefinition {
  /** Histories hold it: never changed. */
  readonly name: string;
  readonly handler: OrchestrationHandler;
}

export interface TimerDefinition {
  readonly name: string;
  /** NCRONTAB with seconds, UTC. */
  readonly schedule: string;
  readonly handler: TimerHandler;
}

export interface QueueDefinition {
  readonly name: string;
  readonly queueName: string;
  readonly handler: (message: unknown, context: Parameters<TimerHandler>[1]) => Promise<void>;
}

/** Every function of the app, by trigger. */
export interface FunctionsTable {
  readonly routes: readonly Route[];
  readonly orchestrators: readonly OrchestratorDefinition[];
  readonly activities: readonly ActivityDefinition[];
  readonly timers: readonly TimerDefinition[];
  readonly queues: readonly QueueDefinition[];
}
