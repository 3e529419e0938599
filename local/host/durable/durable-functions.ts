import type { Invoke } from "../app/invocation.ts";
import type { Registry, RegisteredFunction } from "../app/core-api.ts";
import type { InvocationResponse, TypedData } from "../app/functions-core.ts";
import type { OrchestratorState } from "./actions.ts";

export type DurableKind = "orchestration" | "activity" | "entity";

/** The app's durable functions as the engine calls them. Names are compared without regard to case. */
export interface DurableFunctions {
  has(kind: DurableKind, name: string): boolean;
  names(kind: DurableKind): string[];
  /** @param request JSON text of the history and all that goes with it */
  orchestrate(name: string, request: string): Promise<OrchestratorState>;
  /** @param input JSON text or null @returns the result as JSON text */
  act(name: string, instanceId: string, input: string | null): Promise<string>;
  /** @param request JSON text of the state and the batch of operations */
  operate(name: string, request: string): Promise<EntityBatchResult>;
}

export interface EntityBatchResult {
  readonly entityExists: boolean;
  readonly entityState?: string | null;
  readonly results: readonly { readonly isError: boolean; readonly result?: string }[];
  readonly signals: readonly {
    readonly target: { readonly name: string; readonly key: string };
    readonly name: string;
    readonly input?: string;
  }[];
}

/** Stands between a failed orchestrator's message and the JSON of its state. */
const stateLabel = "$OutOfProcData$:";

export function durableFunctions(registry: Registry, invoke: Invoke): DurableFunctions {
  const found = new Map<string, RegisteredFunction>();
  for (const each of registry.functions.values()) {
    const kind = /^(orchestration|activity|entity)Trigger$/.exec(each.trigger.type)?.[1];
    if (kind !== undefined) found.set(`${kind}:${each.metadata.name.toLowerCase()}`, each);
  }
  const get = (kind: DurableKind, name: string): RegisteredFunction => {
    const target = found.get(`${kind}:${name.toLowerCase()}`);
    if (target === undefined) throw new Error(`The app has no ${kind} function '${name}'.`);
    return target;
  };
  const call = async (target: RegisteredFunction, request: string): Promise<InvocationResponse> =>
    invoke(target, { inputData: [{ name: target.triggerName, data: { string: request } }] });

  return {
    has: (kind, name) => found.has(`${kind}:${name.toLowerCase()}`),
    names: (kind) => [...found].filter(([key]) => key.startsWith(`${kind}:`)).map(([, { metadata }]) => metadata.name),
    async orchestrate(name, request) {
      try {
        return JSON.parse(resultJson(await call(get("orchestration", name), request))) as OrchestratorState;
      } catch (error) {
        return failedState(error);
      }
    },
    async act(name, instanceId, input) {
      const target = get("activity", name);
      const data = activityInput(input);
      const response = await invoke(target, {
        inputData: [{ name: target.triggerName, data: data ?? {} }],
        triggerMetadata: { ...activityMetadata(target.triggerName, input, data), instanceId: { string: instanceId } },
      });
      return resultJson(response);
    },
    operate: async (name, request) =>
      JSON.parse(resultJson(await call(get("entity", name), request))) as EntityBatchResult,
  };
}

/** Whatever a function returned, as JSON text; null for nothing. */
function resultJson({ returnValue }: InvocationResponse): string {
  if (returnValue === null || returnValue === undefined) return "null";
  if (returnValue.json !== undefined) return returnValue.json;
  if (returnValue.string !== undefined) return JSON.stringify(returnValue.string);
  if (returnValue.bytes !== undefined) return JSON.stringify(Buffer.from(returnValue.bytes).toString("base64"));
  return JSON.stringify(returnValue.int ?? returnValue.double ?? null);
}

function failedState(error: unknown): OrchestratorState {
  const message = error instanceof Error ? error.message : String(error);
  const at = message.indexOf(stateLabel);
  if (at < 0) return { isDone: false, actions: [], error: message };
  return JSON.parse(message.slice(at + stateLabel.length)) as OrchestratorState;
}

/** A bare boolean arrives as .NET prints it: a quirk that apps meet in production too. */
function activityInput(input: string | null): TypedData | undefined {
  if (input === null || input === "null") return undefined;
  const value: unknown = JSON.parse(input);
  if (typeof value === "boolean") return { string: value ? "True" : "False" };
  // Texts come as JSON already: durable-functions makes them so, and the library takes them apart again.
  return { string: typeof value === "string" ? value : input };
}

function activityMetadata(
  triggerName: string,
  input: string | null,
  data: TypedData | undefined,
): Record<string, TypedData> {
  if (input === null || data === undefined) return {};
  return { [triggerName]: data, data: { json: input }, ...propertyMetadata(JSON.parse(input)) };
}

/** The members of an object stand among the metadata too, as texts. */
export function propertyMetadata(value: unknown): Record<string, TypedData> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  const entries = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(entries.map(([name, member]) => [name, { string: memberText(member) }]));
}

function memberText(member: unknown): string {
  if (typeof member === "boolean") return member ? "True" : "False";
  return typeof member === "object" ? JSON.stringify(member) : String(member);
}
