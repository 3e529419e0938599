import { randomUUID } from "node:crypto";
import { httpActivity } from "./actions.ts";
import type { Change } from "./change.ts";
import type { Card, Engine, Next } from "./engine.ts";
import {
  type Episode,
  judge,
  keepHistory,
  type KeptHistory,
  orchestratorRequest,
  playedText,
  type Verdict,
} from "./episode.ts";
import { creationEvent, eventType, type HistoryEvent, outsideEvent } from "./history.ts";
import type { Scheduled } from "./scheduled.ts";
import { type Instance, isEnded, type Message } from "./store.ts";

/** One turn of an orchestration: reads what is due, replays, and commits what came of it. */
export async function runOrchestrator(engine: Engine, card: Card): Promise<Next> {
  const instance = engine.store.instance(card.id);
  const now = Date.now();
  const due = card.inbox.filter(({ dueAt }) => dueAt <= now);
  const isOver = instance === undefined || isEnded(instance.status);
  const read = isOver ? [] : due.filter(({ execution }) => execution === null || execution === instance.execution);
  if (isOver || (read.length === 0 && !instance.stalled)) {
    engine.change(({ store }) => store.deleteMessages(due));
    forget(card, due);
    return isOver ? "ended" : "again";
  }
  card.history ??= keepHistory(engine.store.history(card.id));
  const fresh = [outsideEvent(eventType.orchestratorStarted, now), ...read.sort(startFirst).map(({ event }) => event)];
  const episode = await play(engine, instance, card.history, fresh);
  const events = engine.change((change) =>
    commit({ engine, change, instance, history: card.history, due, fresh, episode }),
  );
  if (events === undefined) return "again";
  remember(card, due, events, episode.verdict);
  return episode.verdict.kind === "ended" ? "ended" : "again";
}

/** The start of an execution comes before anything that overtook it. */
function startFirst(a: Message, b: Message): number {
  const rank = ({ event }: Message): number => (event.EventType === eventType.executionStarted ? 0 : 1);
  return rank(a) - rank(b) || a.seq - b.seq;
}

function forget(card: Card, messages: readonly Message[]): void {
  const gone = new Set(messages);
  card.inbox = card.inbox.filter((message) => !gone.has(message));
}

/** Memory follows the disk, never the other way round. */
function remember(card: Card, due: readonly Message[], events: readonly HistoryEvent[], verdict: Verdict): void {
  forget(card, verdict.kind === "ended" ? card.inbox : due);
  if (verdict.kind === "ended" || verdict.kind === "continues") card.history = undefined;
  card.history?.events.push(...events);
  card.history?.texts.push(...events.map(playedText));
}

async function play(
  engine: Engine,
  instance: Instance,
  kept: KeptHistory,
  fresh: readonly HistoryEvent[],
): Promise<Episode> {
  const history = [...kept.events, ...fresh];
  if (!engine.functions.has("orchestration", instance.name))
    return judge(instance, { isDone: false, actions: [], error: unknownOrchestrator(engine, instance.name) }, history);
  const state = await engine.functions.orchestrate(instance.name, orchestratorRequest(instance, kept, fresh));
  return judge(instance, state, history);
}

function unknownOrchestrator(engine: Engine, name: string): string {
  const known = engine.functions
    .names("orchestration")
    .map((each) => `'${each}'`)
    .join(", ");
  return `The function '${name}' doesn't exist, is disabled, or is not an orchestrator function. Additional info: The following are the known orchestrator functions: ${known}.`;
}

interface Commit {
  readonly engine: Engine;
  readonly change: Change;
  readonly instance: Instance;
  readonly history: KeptHistory | undefined;
  readonly due: readonly Message[];
  readonly fresh: readonly HistoryEvent[];
  readonly episode: Episode;
}

/** @returns the events by which the history has grown; undefined when the execution is not the current one any more. */
function commit(work: Commit): HistoryEvent[] | undefined {
  const { engine, change, instance, history, due, fresh, episode } = work;
  const { verdict, customStatus, outcome } = episode;
  if (change.store.instance(instance.id)?.execution !== instance.execution) return undefined;
  change.store.deleteMessages(due);

  const missing = verdict.kind === "waits" ? outcome.fresh.filter((step) => !isKnown(engine, step)) : [];
  for (const { id } of missing) warnOfMissing(engine, instance, id);
  const isHeldBack =
    missing.length > 0 || outcome.suspended || outcome.terminated !== undefined || outcome.fault !== undefined;
  const steps = isHeldBack ? [] : outcome.fresh.map((step) => recordStep(engine, change, instance, step));
  const events = [...fresh, ...steps, ...lastEvents(verdict, change.now)];

  const row = { ...instance, customStatus, updatedAt: change.now, stalled: missing.length > 0 };
  if (verdict.kind === "continues") {
    continueAsNew(change, { ...row, status: "Running" }, verdict.input);
    return events;
  }
  change.store.putInstance(nextRow(row, verdict, fresh));
  change.store.appendHistory(instance.id, history?.events.length ?? 0, events.map(playedText));
  if (verdict.kind === "ended") {
    change.store.deleteInbox(instance.id);
    tellParent(change, instance, verdict);
  }
  return events;
}

/** As in production the step is not even begun, and the instance goes on as "Running". */
function warnOfMissing(engine: Engine, { id }: Instance, step: number): void {
  const message = `${id} waits: step ${step} names a function that the app does not have.`;
  engine.logger({ level: "warning", category: "Host.Durable", message });
}

function isKnown(engine: Engine, step: Scheduled): boolean {
  if (step.kind === "activity") return step.name === httpActivity || engine.functions.has("activity", step.name);
  return step.kind !== "child" || engine.functions.has("orchestration", step.name);
}

function lastEvents(verdict: Verdict, now: number): HistoryEvent[] {
  const end = outsideEvent(eventType.orchestratorCompleted, now);
  if (verdict.kind !== "ended") return [end];
  const { status, output } = verdict;
  return [outsideEvent(eventType.executionCompleted, now, { OrchestrationStatus: status, Result: output }), end];
}

/** The reason of a suspension stands as the output, also after the resumption: so does the real one. */
function nextRow(row: Instance, verdict: Verdict, fresh: readonly HistoryEvent[]): Instance {
  if (verdict.kind === "ended") return { ...row, status: verdict.status, output: verdict.output };
  const told = fresh.findLast(
    ({ EventType: type }) => type === eventType.executionSuspended || type === eventType.executionResumed,
  );
  const output = told === undefined ? row.output : JSON.stringify(told.Reason ?? null);
  return { ...row, output, status: verdict.kind === "suspended" ? "Suspended" : "Running" };
}

/** The same instance, an empty history, a new execution; events that came meanwhile are read by that one. */
function continueAsNew(change: Change, row: Instance, input: string): void {
  const execution = randomUUID();
  change.store.deleteHistory(row.id);
  change.store.putInstance({ ...row, execution, input, createdAt: change.now });
  const OrchestrationInstance = { InstanceId: row.id, ExecutionId: execution };
  const fields = { Name: row.name, Input: input, OrchestrationInstance, ParentInstance: row.parent };
  change.send(row.id, outsideEvent(eventType.executionStarted, change.now, fields), { execution });
}

function tellParent(change: Change, { parent }: Instance, verdict: Extract<Verdict, { kind: "ended" }>): void {
  if (parent === null) return;
  const { InstanceId, ExecutionId } = parent.OrchestrationInstance;
  const TaskScheduledId = parent.TaskScheduleId;
  const event =
    verdict.status === "Completed"
      ? outsideEvent(eventType.childCompleted, change.now, { TaskScheduledId, Result: verdict.output })
      : outsideEvent(eventType.childFailed, change.now, {
          TaskScheduledId,
          Reason: String(JSON.parse(verdict.output ?? '""')),
          Details: verdict.error === undefined ? "" : `Message: ${verdict.error}, StackTrace: `,
        });
  change.send(InstanceId, event, { execution: ExecutionId });
}

/**
 * A child takes its id over from whatever runs under it. In production that one's parent then waits for ever; here it gets
 * a failure, so that the fault is seen.
 */
function giveUp(engine: Engine, change: Change, id: string): void {
  const replaced = change.store.instance(id);
  if (replaced === undefined || isEnded(replaced.status)) return;
  const message = `The running instance '${id}' was replaced by a child that was started with the same id.`;
  engine.logger({ level: "warning", category: "Host.Durable", message });
  tellParent(change, replaced, { kind: "ended", status: "Terminated", output: JSON.stringify(message) });
}

/** Puts a step to work and gives the event that remembers it. */
function recordStep(engine: Engine, change: Change, instance: Instance, step: Scheduled): HistoryEvent {
  const { id: parentId, execution, name: parentName } = instance;
  const { now } = change;
  switch (step.kind) {
    case "activity": {
      const input = step.input === undefined || step.input === null ? null : JSON.stringify(step.input);
      change.schedule({ instance: parentId, execution, taskId: step.id, name: step.name, input });
      return creationEvent(eventType.taskScheduled, step.id, now, { Name: step.name, Input: null });
    }
    case "child": {
      const id = step.instanceId ?? `${execution}:${step.id}`;
      const parent = {
        Name: parentName,
        OrchestrationInstance: { InstanceId: parentId, ExecutionId: execution },
        TaskScheduleId: step.id,
      };
      giveUp(engine, change, id);
      change.start({ id, name: step.name, input: JSON.stringify(step.input ?? null), parent });
      return creationEvent(eventType.childCreated, step.id, now, { Name: step.name, InstanceId: id, Input: null });
    }
    case "timer": {
      const FireAt = new Date(step.fireAt).toISOString();
      const fired = outsideEvent(eventType.timerFired, step.fireAt, { TimerId: step.id, FireAt });
      change.send(parentId, fired, { execution, dueAt: step.fireAt });
      return creationEvent(eventType.timerCreated, step.id, now, { FireAt });
    }
    case "message": {
      const Input = JSON.stringify(step.message);
      change.send(step.to, outsideEvent(eventType.eventRaised, now, { Name: step.name, Input }));
      return creationEvent(eventType.eventSent, step.id, now, { InstanceId: step.to, Name: step.name, Input });
    }
  }
}
