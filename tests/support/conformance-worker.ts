import { readRecording, type WorkerRecord } from "./conformance.ts";
import { normalJson } from "./conformance-normal.ts";

/** What a worker was given, in a form in which two runs of the same scenarios are equal. */

interface OrchestratorInput {
  readonly instanceId: string;
  readonly history: readonly (Readonly<Record<string, unknown>> & { readonly EventType: number })[];
}

interface EntityInput {
  readonly self: { readonly key: string };
  readonly batch: readonly object[];
}

type View = (records: readonly WorkerRecord[]) => unknown;

/**
 * Not compared: the answer that a server gave (ch1), and what a replay that does not fit its history schedules before it
 * fails (nd1), which this host does not begin; what was rewound (bu1); long texts were not recorded whole (big1, big2).
 */
const unlike = new Set(["ch1", "nd1", "bu1", "big1", "big2"]);

const given = <T>(records: readonly WorkerRecord[]): T[] =>
  records.filter(({ dir }) => dir === "in").map(({ inputs }) => inputs?.[0] as T);

/** By instance and execution: the longest history, without brackets, and what came with it. */
const orchestrations: View = (records) => {
  const longest = new Map<string, OrchestratorInput>();
  for (const input of given<OrchestratorInput>(records)) {
    const start = input.history.find(({ EventType }) => EventType === 0);
    const { ExecutionId } = start?.["OrchestrationInstance"] as { ExecutionId: string };
    const known = longest.get(ExecutionId)?.history.length ?? 0;
    if (input.history.length > known && !unlike.has(input.instanceId)) longest.set(ExecutionId, input);
  }
  return [...longest.values()].map(orchestratorView).sort();
};

function orchestratorView({ history, ...rest }: OrchestratorInput): string {
  const events = history.filter(({ EventType }) => EventType !== 12 && EventType !== 13);
  const view = events.map(({ IsPlayed: _, EventId, ...event }) => normalJson({ EventId, ...event }) as object);
  return JSON.stringify({ ...(normalJson(rest) as object), isReplaying: "<any>", history: sortCompletions(view) });
}

/** Activities that run side by side end in any order. */
function sortCompletions(events: readonly object[]): unknown[] {
  const isCompletion = (event: object): boolean => "EventType" in event && event.EventType === 5;
  const chosen = events
    .filter(isCompletion)
    .map((event) => JSON.stringify(event))
    .sort();
  return events.map((event) => (isCompletion(event) ? chosen.shift() : event));
}

/** Each different call once: how often a failing one was repeated is compared elsewhere. */
const calls: View = (records) => {
  const instanceOf = (metadata: unknown): string =>
    String((metadata as { instanceId?: unknown } | undefined)?.instanceId);
  const all = records.filter(({ dir, triggerMetadata }) => dir === "in" && !unlike.has(instanceOf(triggerMetadata)));
  const views = all.map(({ function: name, inputs, triggerMetadata }) =>
    JSON.stringify(normalJson({ name, inputs, triggerMetadata: metadataView(triggerMetadata) })),
  );
  return [...new Set(views)].sort();
};

function metadataView(metadata: unknown): unknown {
  const entries = Object.entries(metadata ?? {}).map(([name, value]: [string, unknown]) => {
    if (/^activityTrigger/.test(name)) return ["activityTrigger", value];
    return /Time$|^popReceipt$/.test(name) ? [name, `<${name}>`] : [name, value];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))) as object;
}

/** By entity: its operations in order, however they were put together into batches. */
const entities: View = (records) => {
  const operations = new Map<string, unknown[]>();
  for (const { self, batch } of given<EntityInput>(records))
    operations.set(self.key, [...(operations.get(self.key) ?? []), ...batch.map(normalJson)]);
  return Object.fromEntries([...operations].sort(([a], [b]) => (a < b ? -1 : 1)));
};

/** Which moments a timer is told depends on the day; one that fires on the full minute is not waited for. */
const timers: View = (records) => {
  const all = records.filter(({ dir, fn, function: name = fn }) => dir === "in" && name !== "tickMin");
  const views = all.map(({ fn, function: name = fn, inputs }) =>
    JSON.stringify(normalJson({ name, inputs })).replace(/\d{4}-\d\d-\d\dT[\d:.+]+/g, "<time>"),
  );
  return [...new Set(views)].sort();
};

export const workerView = { orchestrations, activities: calls, entities, queue: calls, timers };

/** The recording that the app itself has made in a folder, under the names of the trigger's types. */
export function readOwnRecording(file: keyof typeof workerView, folder: string): WorkerRecord[] {
  const names = {
    orchestrations: "orchestrationTrigger",
    activities: "activityTrigger",
    entities: "entityTrigger",
    queue: "queueTrigger",
    timers: "timerTrigger",
  };
  const records = readRecording<WorkerRecord>(`${names[file]}.jsonl`, folder);
  return records.map(({ fn = "", ...record }) => ({ ...record, function: fn }));
}
