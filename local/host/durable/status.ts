import { entityName } from "./actions.ts";
import { eventType, type HistoryEvent } from "./history.ts";
import type { Instance } from "./store.ts";

const parsed = (text: string | null | undefined): unknown =>
  text === null || text === undefined ? null : (JSON.parse(text) as unknown);

/** Whole seconds, as the extension writes them. */
const seconds = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

/** An instance as the HTTP API shows it. Input and output are always there, if only as null. */
export function statusOf(instance: Instance, showInput: boolean): Record<string, unknown> {
  return {
    name: instance.name,
    instanceId: instance.id,
    runtimeStatus: instance.status,
    input: showInput ? parsed(instance.input) : null,
    customStatus: parsed(instance.customStatus),
    output: parsed(instance.output),
    createdTime: seconds(instance.createdAt),
    lastUpdatedTime: seconds(instance.updatedAt),
  };
}

/** An entity as the HTTP API lists it; undefined when it holds nothing. */
export function entityStatusOf(instance: Instance, fetchState: boolean): Record<string, unknown> | undefined {
  const { exists, state } = (parsed(instance.input) ?? {}) as { exists?: boolean; state?: string };
  if (exists !== true) return undefined;
  const lastOperationTime = new Date(instance.updatedAt).toISOString();
  return { entityId: entityName(instance.id), lastOperationTime, state: fetchState ? parsed(state) : null };
}

/** The state of an entity as JSON text; undefined when there is none. */
export function entityStateOf(instance: Instance | undefined): string | undefined {
  const { exists, state } = (parsed(instance?.input) ?? {}) as { exists?: boolean; state?: string };
  return exists === true ? (state ?? "null") : undefined;
}

const names: Readonly<Record<number, string>> = {
  [eventType.executionStarted]: "ExecutionStarted",
  [eventType.executionCompleted]: "ExecutionCompleted",
  [eventType.executionTerminated]: "ExecutionTerminated",
  [eventType.taskCompleted]: "TaskCompleted",
  [eventType.taskFailed]: "TaskFailed",
  [eventType.childCompleted]: "SubOrchestrationInstanceCompleted",
  [eventType.childFailed]: "SubOrchestrationInstanceFailed",
  [eventType.timerCreated]: "TimerCreated",
  [eventType.timerFired]: "TimerFired",
  [eventType.eventSent]: "EventSent",
  [eventType.eventRaised]: "EventRaised",
  [eventType.executionSuspended]: "ExecutionSuspended",
  [eventType.executionResumed]: "ExecutionResumed",
};

/** The history as the HTTP API shows it: brackets and beginnings left out, their names and times put to the outcomes. */
export function historyView(events: readonly HistoryEvent[], showOutput: boolean): Record<string, unknown>[] {
  const created = new Map<number, HistoryEvent>();
  const view: Record<string, unknown>[] = [];
  for (const event of events) {
    if (event.EventId >= 0) created.set(event.EventId, event);
    const name = names[event.EventType];
    if (name !== undefined)
      view.push({ EventType: name, ...detailsOf(event, created, showOutput), Timestamp: event.Timestamp });
  }
  return view;
}

function detailsOf(event: HistoryEvent, created: ReadonlyMap<number, HistoryEvent>, showOutput: boolean): object {
  const result = showOutput ? { Result: parsed(event.Result) } : {};
  const begun = created.get(event.TaskScheduledId ?? -1);
  const origin = {
    ScheduledTime: begun?.Timestamp ?? null,
    FunctionName: begun?.Name ?? null,
    ...(begun?.InstanceId === undefined ? {} : { InstanceId: begun.InstanceId }),
    Input: null,
  };
  switch (event.EventType) {
    case eventType.executionStarted:
      return { Input: event.Input ?? null, FunctionName: event.Name };
    case eventType.executionCompleted:
      return { OrchestrationStatus: event.OrchestrationStatus, ...result };
    case eventType.executionTerminated:
      return { Input: event.Input ?? null };
    case eventType.taskCompleted:
    case eventType.childCompleted:
      return { ...result, ...origin };
    case eventType.taskFailed:
    case eventType.childFailed:
      return { Reason: event.Reason, Details: event.Details, ...origin };
    case eventType.timerCreated:
    case eventType.timerFired:
      return { FireAt: event.FireAt };
    case eventType.eventSent:
      return { InstanceId: event.InstanceId, Name: event.Name, Input: event.Input };
    case eventType.eventRaised:
      return { Name: event.Name, Input: event.Input };
    default:
      return { Reason: event.Reason ?? null };
  }
}
