/** The numbers that durable-functions knows history events by. */
export const eventType = {
  executionStarted: 0,
  executionCompleted: 1,
  executionTerminated: 3,
  taskScheduled: 4,
  taskCompleted: 5,
  taskFailed: 6,
  childCreated: 7,
  childCompleted: 8,
  childFailed: 9,
  timerCreated: 10,
  timerFired: 11,
  orchestratorStarted: 12,
  orchestratorCompleted: 13,
  eventSent: 14,
  eventRaised: 15,
  executionSuspended: 19,
  executionResumed: 20,
} as const;

/** One event of an execution. Texts named Input and Result hold JSON. Which fields there are depends on EventType. */
export interface HistoryEvent {
  readonly EventType: number;
  /** The number of the action that a creation event belongs to; −1 for everything that comes from outside. */
  readonly EventId: number;
  readonly Timestamp: string;
  readonly Name?: string;
  readonly Input?: string | null;
  readonly Result?: string | null;
  readonly Reason?: string | null;
  readonly Details?: string | null;
  readonly TaskScheduledId?: number;
  readonly TimerId?: number;
  readonly FireAt?: string;
  readonly InstanceId?: string;
  readonly OrchestrationStatus?: string;
  readonly OrchestrationInstance?: { readonly InstanceId: string; readonly ExecutionId: string };
  readonly ParentInstance?: ParentInstance | null;
}

export interface ParentInstance {
  readonly Name: string;
  readonly OrchestrationInstance: { readonly InstanceId: string; readonly ExecutionId: string };
  readonly TaskScheduleId: number;
}

type EventFields = Partial<Omit<HistoryEvent, "EventType" | "EventId" | "Timestamp">>;

/** An event from outside: a completion, something raised, a bracket. */
export const outsideEvent = (type: number, at: number, fields: EventFields = {}): HistoryEvent => ({
  EventType: type,
  EventId: -1,
  Timestamp: new Date(at).toISOString(),
  ...fields,
});

/** The event that records an action of the orchestrator under its number. */
export const creationEvent = (type: number, id: number, at: number, fields: EventFields): HistoryEvent => ({
  EventType: type,
  EventId: id,
  Timestamp: new Date(at).toISOString(),
  ...fields,
});
