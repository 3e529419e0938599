import { describe, expect, test } from "vitest";
import type { OrchestratorState } from "../../local/host/durable/actions.ts";
import { eventType, type HistoryEvent } from "../../local/host/durable/history.ts";
import { replay } from "../../local/host/durable/replay.ts";
import type { Scheduled } from "../../local/host/durable/scheduled.ts";
import { readRecording, type WorkerRecord } from "../support/conformance.ts";

/**
 * Every turn of every recorded orchestration: given the history and what durable-functions made of it, the host's half of
 * the replay must find the steps that the real extension has written into the history next.
 */
interface Turn {
  readonly instanceId: string;
  readonly executionId: string;
  readonly history: readonly HistoryEvent[];
  readonly state: OrchestratorState;
  /** What the real extension appended in this turn; undefined when no later history was recorded. */
  readonly appended: readonly HistoryEvent[] | undefined;
}

/** A rewound history holds events of no kind that a replay knows; a changed orchestrator does not fit its own. */
const unlike = new Set(["bu1", "nd1"]);

const turns = recordedTurns();

describe("the steps of every recorded turn", () => {
  for (const [index, { instanceId, executionId, history, state, appended }] of turns.entries()) {
    if (appended === undefined || unlike.has(instanceId)) continue;
    test(`${instanceId}, turn ${index}`, () => {
      const outcome = replay(state, history, { instanceId, executionId });
      expect(outcome.fault).toBeUndefined();
      expect(outcome.suspended ? [] : outcome.fresh.map(stepView)).toEqual(appended.filter(isStep).map(eventView));
    });
  }

  test("cover what the recordings hold", () => {
    expect(turns.filter(({ appended }) => appended !== undefined).length).toBeGreaterThan(90);
  });
});

test("a last turn is finished, and no earlier one is", () => {
  const lastOf = new Map(turns.map((turn) => [turn.executionId, turn]));
  for (const turn of turns) {
    if (
      unlike.has(turn.instanceId) ||
      turn.history.some(({ EventType }) => EventType === eventType.executionTerminated)
    )
      continue;
    const { finished } = replay(turn.state, turn.history, turn);
    const isOver = turn.state.isDone || turn.state.error !== undefined;
    if (lastOf.get(turn.executionId) !== turn) expect(finished && isOver, turn.instanceId).toBe(false);
    else if (isOver) expect(finished, turn.instanceId).toBe(true);
  }
});

function recordedTurns(): Turn[] {
  const records = readRecording<WorkerRecord>("orchestrations.jsonl");
  const found: Turn[] = [];
  const open = new Map<string, { history: readonly HistoryEvent[]; instanceId: string }[]>();
  for (const { dir, function: name = "", inputs, result, error } of records) {
    const waiting = open.get(name) ?? [];
    open.set(name, waiting);
    if (dir === "in") {
      waiting.push(inputs?.[0] as { history: readonly HistoryEvent[]; instanceId: string });
      continue;
    }
    const given = waiting.shift();
    if (given === undefined) continue;
    const executionId = executionOf(given.history);
    found.push({ ...given, executionId, state: stateOf(result, error), appended: undefined });
  }
  return found.map((turn) => ({ ...turn, appended: appendedAfter(turn, found) }));
}

function executionOf(history: readonly HistoryEvent[]): string {
  const start = history.find(({ OrchestrationInstance }) => OrchestrationInstance !== undefined);
  return start?.OrchestrationInstance?.ExecutionId ?? "";
}

function stateOf(result: unknown, error: string | undefined): OrchestratorState {
  if (error === undefined) return result as OrchestratorState;
  return JSON.parse(error.slice(error.indexOf("{"))) as OrchestratorState;
}

/** The next history of the execution goes on where this one ended; its turn ends before the next bracket opens. */
function appendedAfter(turn: Turn, all: readonly Turn[]): HistoryEvent[] | undefined {
  const later = all.find(
    ({ executionId, history }) => executionId === turn.executionId && history.length > turn.history.length,
  );
  const rest = later?.history.slice(turn.history.length);
  const end = rest?.findIndex(({ EventType }) => EventType === eventType.orchestratorStarted) ?? -1;
  return rest?.slice(0, end < 0 ? undefined : end);
}

function isStep({ EventId }: HistoryEvent): boolean {
  return EventId >= 0;
}

function eventView(event: HistoryEvent): unknown {
  switch (event.EventType) {
    case eventType.taskScheduled:
      return { kind: "activity", id: event.EventId, name: event.Name };
    case eventType.childCreated:
      return { kind: "child", id: event.EventId, name: event.Name };
    case eventType.timerCreated:
      return { kind: "timer", id: event.EventId, fireAt: Date.parse(event.FireAt ?? "") };
    default:
      return { kind: "message", id: event.EventId, to: event.InstanceId, name: event.Name };
  }
}

function stepView(step: Scheduled): unknown {
  const { kind, id } = step;
  if (kind === "timer") return { kind, id, fireAt: step.fireAt };
  if (kind === "message") return { kind, id, to: step.to, name: step.name };
  return { kind, id, name: step.name };
}
