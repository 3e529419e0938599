import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Azurite, startAzurite } from "../../local/azurite.ts";
import { type Exchange, readRecording, type Reply, send, type WorkerRecord } from "../support/conformance.ts";
import { leftOut } from "../support/conformance-left-out.ts";
import { normalReply } from "../support/conformance-normal.ts";
import { readOwnRecording, workerView } from "../support/conformance-worker.ts";
import { startTestHost, temporaryFolder, type TestHost } from "../support/host.ts";

/** The durable HTTP API, every exchange that was recorded of the real host, in the same order and against the same instances. */

interface OrchestratorInput {
  readonly instanceId: string;
  readonly input: unknown;
  readonly parentInstanceId: string | null;
  readonly history: readonly {
    readonly EventType: number;
    readonly Name?: string;
    readonly Input?: string;
    readonly Timestamp: string;
  }[];
}

interface Recorded {
  readonly name: string;
  readonly input: unknown;
  readonly events: readonly { readonly name: string; readonly input: string }[];
}

/** These were started over an instance that had ended. */
const before = new Set(["387-restart-over-completed"]);
/** Started with a name that the app does not have; the worker never heard of them. */
const unknownFunctions = new Set(["u1", "u2"]);
/** Raised by recorded exchanges. */
const raisedLater = new Set(["run1", "run2", "sus1", "pend1"]);

const exchanges = readRecording<Exchange>("durable.jsonl");
const instances = recordedInstances();
const started = new Set<string>();
let azurite: Azurite;
let host: TestHost;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  azurite = await startAzurite();
  host = await startTestHost("conformance", {
    entry: "app.cjs",
    stateDirectory: folder.path,
    queueConnection: azurite.connectionString,
    env: { ...process.env, PACE: "0.3", REC: join(folder.path, "rec") },
  });
});

afterAll(async () => {
  await host.stop();
  await azurite.stop();
  await folder.remove();
});

for (const exchange of exchanges.filter(({ name }) => leftOut(name) === undefined))
  test(`${exchange.name} ${exchange.note ?? ""}`, async () => {
    await prepare(exchange);
    const normal = exchange.request.path.includes("top=") ? normalPage : normalReply;
    const expected = normal(exchange.response, exchange.response);
    // What was recorded a while later is there only then; only looking may be repeated.
    const limit = Date.now() + (exchange.request.method === "GET" ? 4_000 : 0);
    for (;;) {
      const reply = await send(host.url, exchange.request);
      const actual = normal(reply, exchange.response);
      if (Date.now() > limit || JSON.stringify(actual) === JSON.stringify(expected))
        return expect(actual).toEqual(expected);
      await sleep(20);
    }
  });

/** Which instances are on a page depends on ids that are made up. */
function normalPage({ status, headers, body }: Reply): unknown {
  return { status, length: (JSON.parse(body) as unknown[]).length, headers: Object.keys(headers) };
}

/** Starts what the exchange speaks of, when it was started outside the recorded exchanges. */
async function prepare({ name, request: { path, method }, response }: Exchange): Promise<void> {
  const id = idIn(path);
  if (id === undefined || started.has(id)) return;
  const isStart = /\/(start|orchestrators)\//.test(path) && method === "POST" && response.status !== 409;
  const instance =
    instances.get(id) ?? (unknownFunctions.has(id) ? { name: "nope", input: null, events: [] } : undefined);
  if (instance === undefined || response.status === 404) return;
  started.add(id);
  if (isStart && !before.has(name)) return;
  await start(id, instance);
  for (const event of instance.events) {
    await sleep(40);
    await host.durable.raise(id, event.name, JSON.parse(event.input));
  }
  if (method === "DELETE" && response.status === 200) await host.durable.ended(id);
  if (id === "pg1") await host.durable.post("instances/pg1/suspend?reason=x");
  if (id === "w4") await host.durable.post("instances/w4/terminate?reason=because");
}

/** Without an input the client sends an empty text, the HTTP API nothing. */
async function start(id: string, { name, input }: Recorded): Promise<void> {
  const url = input === null && id !== "ie1" ? "/runtime/webhooks/durabletask/orchestrators" : "/api/start";
  const body = input === "" || (input === null && id !== "ie1") ? "" : JSON.stringify(input);
  const headers = { "content-type": "application/json" };
  const path = `${url}/${id === "u2" ? "nope" : name}/${encodeURIComponent(id)}`;
  await send(host.url, {
    method: "POST",
    path: id === "u2" ? `/api/start/nope/u2` : path,
    headers,
    body,
  } satisfies Sent);
  await host.durable.until(id, ({ runtimeStatus }) => runtimeStatus !== "Pending");
}

type Sent = Parameters<typeof send>[1];

function idIn(path: string): string | undefined {
  const found =
    /^\/api\/start\/[^/]+\/([^?]+)/.exec(path) ??
    /^\/api\/ops\/(?:status|raise|terminate|suspend|resume|wait|purge)\/([^?]+)/.exec(path) ??
    /durabletask\/orchestrators\/[^/]+\/([^/?]+)/.exec(path) ??
    /durabletask\/instances\/([^/?]+)/.exec(path);
  return found?.[1] === undefined ? undefined : decodeURIComponent(found[1]);
}

/** Which instances there were, by what the real worker was given for their first turn and what they were told. */
function recordedInstances(): Map<string, Recorded> {
  const found = new Map<string, Recorded & { events: { name: string; input: string }[] }>();
  const seen = new Set<string>();
  for (const { function: name = "", inputs } of readRecording<WorkerRecord>("orchestrations.jsonl")) {
    const given = inputs?.[0] as OrchestratorInput | undefined;
    if (given === undefined || given.parentInstanceId !== null) continue;
    const instance = found.get(given.instanceId) ?? { name, input: given.input, events: [] };
    found.set(given.instanceId, instance);
    if (raisedLater.has(given.instanceId)) continue;
    for (const { EventType, Name = "", Input = "", Timestamp } of given.history) {
      const key = `${given.instanceId} ${Timestamp} ${Name}`;
      if (EventType !== 15 || seen.has(key) || /^[0-9a-f]{8}-/.test(Name)) continue;
      seen.add(key);
      instance.events.push({ name: Name, input: Input });
    }
  }
  return found;
}

test("the worker was given what the real worker was given", async () => {
  await host.durable.ended("pend1");
  const headers = { "content-type": "application/json" };
  await send(host.url, { method: "POST", path: "/admin/functions/throws", headers, body: "{}" });
  await expect.poll(() => readFile(join(folder.path, "rec/timerTrigger.jsonl"), "utf8")).toContain("timer throws");
  for (const file of ["entities", "activities", "queue", "orchestrations", "timers"] as const) {
    const actual = workerView[file](readOwnRecording(file, join(folder.path, "rec")));
    const expected = workerView[file](readRecording<WorkerRecord>(`${file}.jsonl`));
    expect(actual, file).toEqual(expected);
  }
});
