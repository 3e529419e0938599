import type { QueueClient, QueueServiceClient } from "@azure/storage-queue";
import { fillSettings } from "../host-json.ts";

export interface QueueBinding {
  readonly queueName: string;
  readonly connection: string;
}

/** Gives the queue that a binding names, made when missing. */
export type OpenQueue = (binding: QueueBinding) => Promise<QueueClient>;

/** @param fixedConnection used for every binding when given; else the setting that the binding names */
export function createOpenQueue(fixedConnection: string | undefined, environment: NodeJS.ProcessEnv): OpenQueue {
  const services = new Map<string, QueueServiceClient>();
  const made = new Map<string, Promise<unknown>>();
  return async ({ queueName, connection }) => {
    const text = fixedConnection ?? environment[connection];
    if (text === undefined) throw new Error(`The setting ${connection}, a storage connection string, is not set.`);
    // Loaded when first needed: it takes as long as all the rest of a start.
    const sdk = await import("@azure/storage-queue");
    const service = services.get(text) ?? sdk.QueueServiceClient.fromConnectionString(text);
    services.set(text, service);
    const queue = service.getQueueClient(fillSettings(queueName, environment));
    const making = made.get(queue.url) ?? queue.createIfNotExists();
    made.set(queue.url, making);
    await making;
    return queue;
  };
}

export const encodeMessage = (content: string | Uint8Array, base64: boolean): string =>
  base64 ? Buffer.from(content).toString("base64") : Buffer.from(content).toString("utf8");

/** @returns undefined when the text is not what it should be */
export function decodeMessage(text: string, base64: boolean): string | undefined {
  if (!base64) return text;
  const isBase64 = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
  return isBase64 ? Buffer.from(text, "base64").toString("utf8") : undefined;
}
