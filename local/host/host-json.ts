import { readFile } from "node:fs/promises";
import type { EngineLimits } from "./durable/engine.ts";

/** The part of host.json that this host honours, defaults filled in. Durations are milliseconds. */
export interface HostSettings {
  readonly routePrefix: string;
  readonly hubName: string;
  readonly durable: EngineLimits;
  readonly queues: {
    readonly batchSize: number;
    readonly newBatchThreshold: number;
    readonly maxDequeueCount: number;
    readonly retryVisibilityMs: number;
    readonly base64: boolean;
  };
}

type Json = Readonly<Record<string, unknown>>;
const part = (json: Json, name: string): Json => (json[name] ?? {}) as Json;

/** Reads host.json; a missing file means the defaults, a broken one is an error. */
export async function readHostSettings(path: string, environment: NodeJS.ProcessEnv): Promise<HostSettings> {
  const text = await readFile(path, "utf8").catch(() => "{}");
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch (error) {
    throw new Error(`${path} is no JSON.`, { cause: error });
  }
  return hostSettings(json, environment);
}

/** Defaults are those that the real host was seen to use on two cores. */
function hostSettings(json: Json, environment: NodeJS.ProcessEnv): HostSettings {
  const extensions = part(json, "extensions");
  const [http, durable, queues] = [
    part(extensions, "http"),
    part(extensions, "durableTask"),
    part(extensions, "queues"),
  ];
  return {
    routePrefix: text(http["routePrefix"], "api"),
    hubName: fillSettings(text(durable["hubName"], "TestHubName"), environment),
    durable: {
      maxConcurrentActivities: count(durable["maxConcurrentActivityFunctions"], 20),
      maxConcurrentOrchestrators: count(durable["maxConcurrentOrchestratorFunctions"], 20),
      maxConcurrentEntities: count(durable["maxConcurrentEntityFunctions"], 20),
      maxEntityBatch: count(durable["maxEntityOperationBatchSize"], 5000),
    },
    queues: {
      batchSize: count(queues["batchSize"], 16),
      newBatchThreshold: count(queues["newBatchThreshold"], 8),
      maxDequeueCount: count(queues["maxDequeueCount"], 5),
      retryVisibilityMs: timeSpanMs(text(queues["visibilityTimeout"], "00:00:00")),
      base64: text(queues["messageEncoding"], "base64") === "base64",
    },
  };
}

const text = (value: unknown, otherwise: string): string => (typeof value === "string" ? value : otherwise);
const count = (value: unknown, otherwise: number): number => (typeof value === "number" ? value : otherwise);

/** `[d.]hh:mm:ss`, as .NET writes a duration. @throws for anything else. */
export function timeSpanMs(value: string): number {
  const match = /^(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})$/.exec(value);
  if (match === null) throw new Error(`"${value}" is no duration like 00:00:30.`);
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((digits: string | undefined) => Number(digits ?? 0));
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}

/** `%NAME%` in a binding or in host.json stands for the setting of that name. @throws when there is none. */
export function fillSettings(value: string, environment: NodeJS.ProcessEnv): string {
  return value.replace(/%([^%]+)%/g, (_, name: string) => {
    const found = environment[name];
    if (found === undefined) throw new Error(`The setting ${name}, named by "${value}", is not set.`);
    return found;
  });
}
