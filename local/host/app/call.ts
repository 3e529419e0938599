import type { RegisteredFunction } from "./core-api.ts";
import type { InvocationRequest, InvocationResponse, TypedData } from "./functions-core.ts";
import type { Invoke } from "./invocation.ts";

/** Calls a function with its trigger's data, gives it its other inputs and carries out its outputs. */
export type Call = (
  target: RegisteredFunction,
  data: TypedData,
  triggerMetadata?: Readonly<Record<string, TypedData>>,
) => Promise<InvocationResponse>;

export interface CallParts {
  readonly invoke: Invoke;
  /** What a `durableClient` input is given. Clients are all alike: there is one hub. */
  readonly durableClient: string;
  readonly putOutputs: (target: RegisteredFunction, response: InvocationResponse) => Promise<void>;
}

export function createCall({ invoke, durableClient, putOutputs }: CallParts): Call {
  return async (target, data, triggerMetadata) => {
    const inputData = [{ name: target.triggerName, data }, ...clientInputs(target, durableClient)];
    const response = await invoke(target, { inputData, ...(triggerMetadata === undefined ? {} : { triggerMetadata }) });
    await putOutputs(target, response);
    return response;
  };
}

function clientInputs({ metadata }: RegisteredFunction, client: string): InvocationRequest["inputData"] {
  const isClient = /^(durableClient|orchestrationClient)$/;
  const inputs = Object.entries(metadata.bindings).filter(([, { type }]) => isClient.test(type));
  return inputs.map(([name]) => ({ name, data: { string: client } }));
}
