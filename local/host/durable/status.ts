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

/** An entity as the HTTP API lists it; undefined when it is none any more or has no state to fetch. */
export function entityStatusOf(instance: Instance, fetchState: boolean): Record<string, unknown> | undefined {
  const { exists, state } = (parsed(instance.input) ?? {}) as { exists?: boolean; state?: string };
  if (exists !== true || (fetchState && state === undefined)) return undefined;
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
  [eventType.taskScheduled]: "TaskScheduled",
  [eventType.childCreated]: "SubOrchestrationInstanceCreated",
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

/**
 * The history as the HTTP API shows it, without brackets. A beginning is shown only as long as it has no outcome; then its
 * name and time stand in the outcome.
 */
export function historyView(events: readonly HistoryEvent[], showOutput: boolean): Record<string, unknown>[] {
  const begun = new Map(events.filter(({ EventId }) => EventId >= 0).map((event) => [event.EventId, event]));
  const settled = new Set(events.map(({ TaskScheduledId }) => TaskScheduledId));
  const isSuperseded = ({ EventType: type, EventId: id }: HistoryEvent): boolean =>
    (type === eventType.taskScheduled || type === eventType.childCreated) && settled.has(id);
  return events
    .filter((event) => names[event.EventType] !== undefined && !isSuperseded(event))
    .map((event) => ({
      EventType: names[event.EventType],
      ...detailsOf(event, begun, showOutput),
      Timestamp: event.Timestamp,
    }));
}

function detailsOf(event: HistoryEvent, begunSteps: ReadonlyMap<number, HistoryEvent>, showOutput: boolean): object {
  const result = showOutput ? { Result: parsed(event.Result) } : {};
  const begun = begunSteps.get(event.TaskScheduledId ?? -1);
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
    case eventType.taskScheduled:
      return { Name: event.Name, Input: null };
    case eventType.childCreated:
      return { Name: event.Name, InstanceId: event.InstanceId, Input: null };
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
