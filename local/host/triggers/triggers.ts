import type { Call } from "../app/call.ts";
import type { RegisteredFunction } from "../app/core-api.ts";
import type { Store } from "../durable/store.ts";
import type { HostSettings } from "../host-json.ts";
import type { Answer } from "../http/listener.ts";
import { emptyResponse } from "../http/message.ts";
import type { HostLogger } from "../logger.ts";
import type { OpenQueue } from "./queue-client.ts";
import { QueueListener } from "./queue-listener.ts";
import { Timer } from "./timer.ts";

export interface TriggerParts {
  readonly functions: Iterable<RegisteredFunction>;
  readonly settings: HostSettings;
  readonly call: Call;
  readonly openQueue: OpenQueue;
  readonly store: Store;
  readonly logger: HostLogger;
}

export interface Triggers {
  start(): void;
  stop(graceMs: number): Promise<void>;
  /** `POST /admin/functions/{name}` runs a timer's function now. */
  readonly answer: Answer;
}

const elsewhere = /^(http|orchestration|activity|entity)Trigger$/;

/** Timers and queues of the app. Functions with triggers that this host does not know are named in the log and never run. */
export function createTriggers(parts: TriggerParts): Triggers {
  const timers = new Map<string, Timer>();
  const queues: QueueListener[] = [];
  for (const target of parts.functions) {
    const { type } = target.trigger;
    if (type === "timerTrigger") timers.set(target.metadata.name.toLowerCase(), new Timer({ ...parts, target }));
    else if (type === "queueTrigger")
      queues.push(new QueueListener({ ...parts, target, settings: parts.settings.queues }));
    else if (!elsewhere.test(type)) {
      const message = `Function ${target.metadata.name} has a ${type}, which the local host does not run.`;
      parts.logger({ level: "warning", category: "Host", message });
    }
  }
  return {
    start: () => [...timers.values(), ...queues].forEach((each) => each.start()),
    stop: async (graceMs) => {
      await Promise.all([...timers.values(), ...queues].map((each) => each.stop(graceMs)));
    },
    answer: ({ method, url, headers }) => {
      const name = /^\/admin\/functions\/([^/]+)$/.exec(url.pathname)?.[1];
      const timer = method === "POST" && name !== undefined ? timers.get(name.toLowerCase()) : undefined;
      // A page of another site can post to this machine, but not with this type, unless the browser asks first.
      if (timer === undefined || !/^application\/json\b/i.test(headers["content-type"] ?? "")) return undefined;
      void timer.fire();
      return emptyResponse(202);
    },
  };
}
