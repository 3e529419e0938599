import { setTimeout as sleep } from "node:timers/promises";

/** An instance as the durable HTTP API shows it. */
export interface InstanceStatus {
  readonly name: string;
  readonly instanceId: string;
  readonly runtimeStatus: string;
  readonly input: unknown;
  readonly customStatus: unknown;
  readonly output: unknown;
  readonly createdTime: string;
  readonly lastUpdatedTime: string;
  readonly historyEvents?: readonly Readonly<Record<string, unknown>>[];
}

/** Calls the durable HTTP API of a host. */
export interface DurableApi {
  start(name: string, id: string, input?: unknown): Promise<Response>;
  status(id: string, query?: string): Promise<InstanceStatus>;
  /** Waits until the instance has ended; gives up after the limit (default 20 s). */
  ended(id: string, limitMs?: number): Promise<InstanceStatus>;
  /** Waits until the status is as wanted. */
  until(id: string, wanted: (status: InstanceStatus) => boolean, limitMs?: number): Promise<InstanceStatus>;
  raise(id: string, event: string, value: unknown): Promise<Response>;
  post(path: string, body?: unknown): Promise<Response>;
  get(path: string): Promise<Response>;
  remove(path: string): Promise<Response>;
}

export function durableApi(hostUrl: string): DurableApi {
  const base = `${hostUrl}/runtime/webhooks/durabletask`;
  const send = async (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(`${base}/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
  const status = async (id: string, query = ""): Promise<InstanceStatus> => {
    const response = await send("GET", `instances/${encodeURIComponent(id)}${query}`);
    if (!response.ok) throw new Error(`The status of ${id} is answered with ${response.status}.`);
    return (await response.json()) as InstanceStatus;
  };
  const until: DurableApi["until"] = async (id, wanted, limitMs = 20_000) => {
    const limit = Date.now() + limitMs;
    for (;;) {
      const found = await status(id);
      if (wanted(found)) return found;
      if (Date.now() > limit) throw new Error(`${id} is still ${JSON.stringify(found)}`);
      await sleep(15);
    }
  };
  return {
    start: (name, id, input) => send("POST", `orchestrators/${name}/${encodeURIComponent(id)}`, input),
    status,
    until,
    ended: (id, limitMs) => until(id, (found) => isEnded(found.runtimeStatus), limitMs),
    raise: (id, event, value) => send("POST", `instances/${encodeURIComponent(id)}/raiseEvent/${event}`, value),
    post: (path, body) => send("POST", path, body),
    get: (path) => send("GET", path),
    remove: (path) => send("DELETE", path),
  };
}

const isEnded = (status: string): boolean => ["Completed", "Failed", "Terminated"].includes(status);
