import { setTimeout as sleep } from "node:timers/promises";
import type { DequeuedMessageItem, QueueClient } from "@azure/storage-queue";
import type { Call } from "../app/call.ts";
import type { RegisteredFunction } from "../app/core-api.ts";
import type { TypedData } from "../app/functions-core.ts";
import { propertyMetadata } from "../durable/durable-functions.ts";
import type { Store } from "../durable/store.ts";
import type { HostSettings } from "../host-json.ts";
import { describeError, type HostLogger } from "../logger.ts";
import { decodeMessage, type OpenQueue } from "./queue-client.ts";
import { toQueueBinding } from "./queue-outputs.ts";

export interface QueueListenerParts {
  readonly target: RegisteredFunction;
  readonly settings: HostSettings["queues"];
  readonly openQueue: OpenQueue;
  readonly call: Call;
  readonly store: Store;
  readonly logger: HostLogger;
}

/** A message that is worked on is hidden for this long and renewed; after a crash it comes back no later than this. */
const leaseS = 30;
const renewMs = 10_000;

/** An empty queue is asked after 50 ms again, later twice a second. */
const minPauseMs = 50;
const maxPauseMs = 500;

/** Feeds one function from its queue until stopped. */
export class QueueListener {
  private readonly parts: QueueListenerParts;
  private readonly running = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private loop: Promise<void> = Promise.resolve();

  constructor(parts: QueueListenerParts) {
    this.parts = parts;
  }

  start(): void {
    this.loop = this.listen();
  }

  /** Takes up nothing more, and waits for running handlers, but not longer than the grace. */
  async stop(graceMs: number): Promise<void> {
    this.stopping.abort();
    await this.loop;
    await Promise.race([Promise.all(this.running), sleep(graceMs, undefined, { ref: false })]);
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async listen(): Promise<void> {
    let pauseMs = minPauseMs;
    let queue: QueueClient | undefined;
    while (!this.isStopping()) {
      try {
        queue ??= await this.open();
        const received = await this.receive(queue);
        pauseMs = received > 0 ? 0 : Math.min(Math.max(pauseMs * 2, minPauseMs), maxPauseMs);
      } catch (error) {
        if (!this.isStopping()) this.log("warning", `The queue cannot be read: ${describeError(error)}`);
        pauseMs = maxPauseMs;
      }
      await sleep(pauseMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }

  /** Messages that an earlier process was at work on are visible again at once, instead of when their time is over. */
  private async open(): Promise<QueueClient> {
    const queue = await this.parts.openQueue(toQueueBinding(this.parts.target.trigger));
    for (const { id, receipt } of this.parts.store.leases(queue.name)) {
      await queue.updateMessage(id, receipt, undefined, 0).catch(() => undefined);
      this.parts.store.deleteLease(queue.name, id);
    }
    return queue;
  }

  private async receive(queue: QueueClient): Promise<number> {
    const { batchSize, newBatchThreshold } = this.parts.settings;
    if (this.running.size > newBatchThreshold) {
      await Promise.race([...this.running, sleep(maxPauseMs, undefined, { ref: false })]);
      return 1;
    }
    const { receivedMessageItems } = await queue.receiveMessages({
      numberOfMessages: Math.min(batchSize, 32),
      visibilityTimeout: leaseS,
      abortSignal: this.stopping.signal,
    });
    for (const message of receivedMessageItems) {
      const work = this.work(queue, message)
        .catch((error: unknown) => this.log("warning", `A message stays in the queue: ${describeError(error)}`))
        .finally(() => this.running.delete(work));
      this.running.add(work);
    }
    return receivedMessageItems.length;
  }

  private async work(queue: QueueClient, message: DequeuedMessageItem): Promise<void> {
    const { settings, store } = this.parts;
    const { messageId, dequeueCount } = message;
    const text = decodeMessage(message.messageText, settings.base64);
    if (text === undefined || dequeueCount > settings.maxDequeueCount)
      return this.poison(queue, message, message.popReceipt);

    const lease = new Lease(queue, message, store);
    const isDone = await this.handle(message, text);
    const receipt = await lease.end();
    if (isDone) await queue.deleteMessage(messageId, receipt);
    else if (dequeueCount >= settings.maxDequeueCount) await this.poison(queue, message, receipt);
    else await queue.updateMessage(messageId, receipt, undefined, Math.round(settings.retryVisibilityMs / 1000));
    store.deleteLease(queue.name, messageId);
  }

  private async handle(message: DequeuedMessageItem, text: string): Promise<boolean> {
    try {
      await this.parts.call(this.parts.target, { string: text }, metadataOf(message, text));
      return true;
    } catch (error) {
      this.log("error", error instanceof Error ? (error.stack ?? error.message) : describeError(error));
      return false;
    }
  }

  /** First the copy, then the end of the original: a crash in between leaves two rather than none. */
  private async poison(queue: QueueClient, message: DequeuedMessageItem, receipt: string): Promise<void> {
    const { connection } = toQueueBinding(this.parts.target.trigger);
    const poison = await this.parts.openQueue({ queueName: `${queue.name}-poison`, connection });
    await poison.sendMessage(message.messageText);
    await queue.deleteMessage(message.messageId, receipt);
    this.log("warning", `A message has failed ${message.dequeueCount} times and is in ${poison.name} now.`);
  }

  private log(level: "warning" | "error", message: string): void {
    this.parts.logger({ level, category: `Function.${this.parts.target.metadata.name}`, message });
  }
}

/** Keeps a message hidden while its handler runs, and remembers by which receipt it can be given back. */
class Lease {
  private readonly queue: QueueClient;
  private readonly messageId: string;
  private readonly store: Store;
  private receipt: string;
  private renewal: Promise<void> = Promise.resolve();
  private readonly timer: NodeJS.Timeout;

  constructor(queue: QueueClient, { messageId, popReceipt }: DequeuedMessageItem, store: Store) {
    this.queue = queue;
    this.messageId = messageId;
    this.store = store;
    this.receipt = popReceipt;
    store.putLease(queue.name, messageId, popReceipt);
    this.timer = setInterval(() => {
      this.renewal = this.renew().catch(() => undefined);
    }, renewMs);
  }

  /** @returns the receipt that is valid now */
  async end(): Promise<string> {
    clearInterval(this.timer);
    await this.renewal;
    return this.receipt;
  }

  private async renew(): Promise<void> {
    const { popReceipt } = await this.queue.updateMessage(this.messageId, this.receipt, undefined, leaseS);
    if (popReceipt === undefined) return;
    this.receipt = popReceipt;
    this.store.putLease(this.queue.name, this.messageId, popReceipt);
  }
}

function metadataOf(message: DequeuedMessageItem, text: string): Record<string, TypedData> {
  const time = (at: Date): TypedData => ({ json: JSON.stringify(`${at.toISOString().slice(0, 19)}+00:00`) });
  return {
    QueueTrigger: { string: text },
    DequeueCount: { json: String(message.dequeueCount) },
    ExpirationTime: time(message.expiresOn),
    Id: { string: message.messageId },
    InsertionTime: time(message.insertedOn),
    NextVisibleTime: time(message.nextVisibleOn),
    PopReceipt: { string: message.popReceipt },
    ...propertyMetadata(parseOrUndefined(text)),
  };
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
