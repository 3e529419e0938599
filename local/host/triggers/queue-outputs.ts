import type { RegisteredFunction } from "../app/core-api.ts";
import type { Binding, InvocationResponse, TypedData } from "../app/functions-core.ts";
import { encodeMessage, type OpenQueue, type QueueBinding } from "./queue-client.ts";

/** Puts what a function has set on its queue outputs into the queues, before its call counts as done. */
export function createPutOutputs(openQueue: OpenQueue, base64: boolean) {
  return async ({ metadata }: RegisteredFunction, response: InvocationResponse): Promise<void> => {
    const outputs = [...(response.outputData ?? []), { name: "$return", data: response.returnValue ?? {} }];
    for (const { name, data } of outputs) {
      const binding = metadata.bindings[name];
      if (binding?.type !== "queue") continue;
      const queue = await openQueue(toQueueBinding(binding));
      for (const content of messagesOf(data)) await queue.sendMessage(encodeMessage(content, base64));
    }
  };
}

export const toQueueBinding = (binding: Binding): QueueBinding => ({
  queueName: String(binding["queueName"]),
  connection: typeof binding["connection"] === "string" ? binding["connection"] : "AzureWebJobsStorage",
});

/** A list is one message an item; objects are written with indents, as the real host does; an empty text is none. */
function messagesOf(data: TypedData): (string | Uint8Array)[] {
  if (data.bytes !== undefined) return [data.bytes];
  if (data.json === undefined) {
    const text = data.string ?? data.int?.toString() ?? data.double?.toString() ?? "";
    return text === "" ? [] : [text];
  }
  const value: unknown = JSON.parse(data.json);
  return (Array.isArray(value) ? value : [value]).map((item: unknown) =>
    typeof item === "string" ? item : JSON.stringify(item, undefined, 2),
  );
}
