import { randomUUID } from "node:crypto";
import {
  type Action,
  entityInstanceId,
  type EntityName,
  httpActivity,
  type OrchestratorState,
  type RetryOptions,
} from "./actions.ts";
import { ExternalEvents } from "./external-events.ts";
import { eventType, type HistoryEvent } from "./history.ts";
import { mismatch } from "./mismatch.ts";
import { ReplayTask, settledTask, whenAll, whenAny } from "./replay-task.ts";
import { pollDelayMs, retryDelayMs } from "./retry-delay.ts";
import type { EntityMessage, Scheduled } from "./scheduled.ts";

export interface ReplayOutcome {
  /** Steps without an event in the history yet, in the order of their numbers. */
  readonly fresh: readonly Scheduled[];
  /** Every action has been waited for and no activity, child or timer is open. */
  readonly finished: boolean;
  readonly continueAsNew: { readonly input: unknown } | undefined;
  readonly suspended: boolean;
  readonly terminated: { readonly reason: string | null } | undefined;
  /** Why the instance must fail: the history does not fit the code, or a step is forbidden. The text for its output. */
  readonly fault: string | undefined;
}

/**
 * The extension's half of a replay: runs the orchestrator's whole list of actions against the history, one action after
 * the other, and so finds which are new. It counts step numbers exactly as durable-functions does; where the two would
 * differ in production, they differ here.
 */
export function replay(state: OrchestratorState, history: readonly HistoryEvent[], self: ReplaySelf): ReplayOutcome {
  return new Replay(state.actions.flat(), self).run(history);
}

export interface ReplaySelf {
  readonly instanceId: string;
  readonly executionId: string;
  readonly parentId?: string | undefined;
}

class ReplayFault extends Error {}

class Replay {
  private readonly actions: readonly Action[];
  private readonly self: ReplaySelf;
  private nextAction = 0;
  private nextId = 0;
  private now = 0;
  private readonly scheduled = new Map<number, Scheduled>();
  private readonly confirmed = new Set<number>();
  private readonly open = new Map<number, ReplayTask>();
  private readonly cancelled = new Set<number>();
  /** Answers of entities and locks come as events named by the request's id. */
  private readonly answers = new Map<string, ReplayTask>();
  private readonly requests = new Map<number, ReplayTask>();
  private readonly events = new ExternalEvents();
  private locked: readonly EntityName[] = [];
  private heldEvents: HistoryEvent[] | undefined;
  private continueAsNew: { input: unknown } | undefined;
  private terminated: { reason: string | null } | undefined;

  constructor(actions: readonly Action[], self: ReplaySelf) {
    this.actions = actions;
    this.self = self;
  }

  run(history: readonly HistoryEvent[]): ReplayOutcome {
    let fault: string | undefined;
    try {
      for (const event of history) this.process(event);
    } catch (error) {
      if (!(error instanceof ReplayFault)) throw error;
      fault = error.message;
    }
    const openIds = [...this.open.keys()].filter((id) => !this.cancelled.has(id));
    return {
      fresh: [...this.scheduled.values()].filter(({ id }) => !this.confirmed.has(id)),
      finished: this.nextAction > this.actions.length && openIds.length === 0,
      continueAsNew: this.continueAsNew,
      suspended: this.heldEvents !== undefined,
      terminated: this.terminated,
      fault,
    };
  }

  private process(event: HistoryEvent): void {
    if (this.heldEvents !== undefined && isOutcome(event)) {
      this.heldEvents.push(event);
      return;
    }
    switch (event.EventType) {
      case eventType.orchestratorStarted:
        this.now = Date.parse(event.Timestamp);
        return;
      case eventType.executionStarted:
        this.advance();
        return;
      case eventType.taskScheduled:
      case eventType.childCreated:
      case eventType.timerCreated:
      case eventType.eventSent:
        this.confirm(event);
        return;
      case eventType.taskCompleted:
      case eventType.childCompleted:
        this.settle(event.TaskScheduledId, false, event.Result);
        return;
      case eventType.taskFailed:
      case eventType.childFailed:
        this.settle(event.TaskScheduledId, true);
        return;
      case eventType.timerFired:
        this.settle(event.TimerId, false);
        return;
      case eventType.eventRaised:
        this.raise(event.Name ?? "");
        return;
      case eventType.executionSuspended:
        this.heldEvents ??= [];
        return;
      case eventType.executionResumed: {
        const held = this.heldEvents ?? [];
        this.heldEvents = undefined;
        for (const each of held) this.process(each);
        return;
      }
      case eventType.executionTerminated:
        this.terminated ??= { reason: event.Input ?? null };
        return;
      default:
        return;
    }
  }

  /** Starts actions until one has to wait. */
  private advance(): void {
    while (this.nextAction <= this.actions.length) {
      const action = this.actions[this.nextAction];
      this.nextAction += 1;
      if (action === undefined) return;
      const task = this.start(action);
      if (!task.settled) {
        task.then(() => this.advance());
        return;
      }
    }
  }

  private start(action: Action): ReplayTask {
    switch (action.actionType) {
      case 0:
        return this.activity(action.functionName, action.input);
      case 1:
        return this.retried(action.retryOptions, () => this.activity(action.functionName, action.input));
      case 2:
        return this.child(action);
      case 3:
        return this.retried(action.retryOptions, () => this.child(action));
      case 4:
        this.continueAsNew ??= { input: action.input };
        return settledTask();
      case 5:
        return this.timer(Date.parse(action.fireAt), action.isCanceled);
      case 6:
        return this.events.waitFor(action.externalEventName);
      case 7:
        return this.request(action.instanceId, { op: action.operation, ...this.sender(action.input) });
      case 8:
        return this.http(action.httpRequest);
      case 9:
        this.send(action.instanceId, "op", { op: action.operation, signal: true, ...this.sender(action.input) });
        return settledTask();
      case 11:
        return whenAny(action.compoundActions.map((each) => this.start(each)));
      case 12:
        return whenAll(action.compoundActions.map((each) => this.start(each)));
      case 13:
        return this.lock(action.lockSet, action.lockRequestId);
      case 14:
        return this.release();
    }
  }

  private take(): { id: number; task: ReplayTask } {
    const id = this.nextId++;
    const task = new ReplayTask();
    this.open.set(id, task);
    return { id, task };
  }

  private activity(name: string, input: unknown): ReplayTask {
    const { id, task } = this.take();
    this.scheduled.set(id, { kind: "activity", id, name, input });
    return task;
  }

  private child(action: { functionName: string; instanceId?: string; input?: unknown }): ReplayTask {
    const { id, task } = this.take();
    const { functionName: name, instanceId, input } = action;
    this.refuseIdOf(instanceId);
    this.scheduled.set(id, { kind: "child", id, name, instanceId, input });
    return task;
  }

  /** The words are the extension's; there the step is never begun, and nobody is told. */
  private refuseIdOf(child: string | undefined): void {
    const { instanceId, parentId } = this.self;
    if (child?.startsWith("@") === true)
      throw new ReplayFault(
        `The instance ID '${child}' is not allowed: Orchestration instance ids must not start with @`,
      );
    if ([instanceId, parentId].some((id) => id !== undefined && id.toLowerCase() === child?.toLowerCase()))
      throw new ReplayFault(
        "The instance ID of a sub-orchestration must be different than the instance ID of a parent orchestration.",
      );
  }

  /** A cancelled timer keeps its number and its event, but nobody waits for it. */
  private timer(fireAt: number, isCancelled = false): ReplayTask {
    const { id, task } = this.take();
    this.scheduled.set(id, { kind: "timer", id, fireAt });
    if (isCancelled) {
      this.cancelled.add(id);
      task.settle();
    }
    return task;
  }

  /** After the last failure comes one more timer, due at once, before the failure is reported. */
  private retried(options: RetryOptions, attempt: () => ReplayTask): ReplayTask {
    const whole = new ReplayTask();
    const startedAt = this.now;
    const run = (number: number): void => {
      const task = attempt();
      task.then(() => {
        if (!task.failed) return whole.settle(false, task.value);
        if (this.now >= startedAt + (options.retryTimeoutInMilliseconds ?? Infinity)) return whole.settle(true);
        const isLast = number >= options.maxNumberOfAttempts;
        const pause = this.timer(isLast ? this.now : this.now + retryDelayMs(options, number));
        pause.then(() => (isLast ? whole.settle(true) : run(number + 1)));
      });
    };
    run(1);
    return whole;
  }

  /** 202 with a Location is polled: a timer, then the request again, each with a number. */
  private http(request: Extract<Action, { actionType: 8 }>["httpRequest"]): ReplayTask {
    const whole = new ReplayTask();
    const run = (): void => {
      const task = this.activity(httpActivity, request);
      task.then(() => {
        const delayMs = task.failed ? undefined : pollDelayMs(task.value);
        if (delayMs === undefined || request.asynchronousPatternEnabled !== true) return whole.settle(task.failed);
        this.timer(this.now + delayMs).then(run);
      });
    };
    run();
    return whole;
  }

  private raise(name: string): void {
    const answered = this.answers.get(name);
    if (answered !== undefined) return answered.settle();
    this.events.raise(name);
  }

  private sender(input: unknown): { input?: string; id: string; parent: string; parentExecution: string } {
    return {
      ...(input === undefined ? {} : { input: JSON.stringify(input) }),
      id: randomUUID(),
      parent: this.self.instanceId,
      parentExecution: this.self.executionId,
    };
  }

  private send(to: string, name: string, message: EntityMessage): number {
    const id = this.nextId++;
    this.scheduled.set(id, { kind: "message", id, to, name, message });
    return id;
  }

  private request(to: string, message: EntityMessage): ReplayTask {
    const task = new ReplayTask();
    this.requests.set(this.send(to, "op", message), task);
    return task;
  }

  private lock(lockset: readonly EntityName[], id: string): ReplayTask {
    this.locked = lockset;
    const [first] = lockset;
    const entities = lockset.map(({ name, key }) => ({ name: name.toLowerCase(), key }));
    if (first === undefined) return settledTask();
    const { instanceId: parent, executionId: parentExecution } = this.self;
    return this.request(entityInstanceId(first), { op: null, id, parent, parentExecution, lockset: entities });
  }

  private release(): ReplayTask {
    for (const entity of this.locked)
      this.send(entityInstanceId(entity), "release", { parent: this.self.instanceId, id: randomUUID() });
    this.locked = [];
    return settledTask();
  }

  private settle(id: number | undefined, failed: boolean, value?: unknown): void {
    const task = id === undefined ? undefined : this.open.get(id);
    if (id === undefined || task === undefined) return;
    this.open.delete(id);
    task.settle(failed, value);
  }

  private confirm(event: HistoryEvent): void {
    const step = this.scheduled.get(event.EventId);
    const fault = mismatch(event, step);
    if (fault !== undefined) throw new ReplayFault(fault);
    this.confirmed.add(event.EventId);
    const request = this.requests.get(event.EventId);
    if (request !== undefined) this.answers.set((JSON.parse(event.Input ?? "{}") as EntityMessage).id, request);
  }
}

const isOutcome = ({ EventType: type }: HistoryEvent): boolean =>
  type === eventType.taskCompleted ||
  type === eventType.taskFailed ||
  type === eventType.childCompleted ||
  type === eventType.childFailed ||
  type === eventType.timerFired ||
  type === eventType.eventRaised;
