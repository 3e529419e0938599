import type { OrchestratorState } from "./actions.ts";
import type { HistoryEvent } from "./history.ts";
import { replay, type ReplayOutcome } from "./replay.ts";
import type { Instance } from "./store.ts";

/** The history as kept in memory: events beside the JSON that the orchestrator function gets for them. */
export interface KeptHistory {
  readonly events: HistoryEvent[];
  /** JSON with `IsPlayed: true`. */
  readonly texts: string[];
}

export const keepHistory = (texts: readonly string[]): KeptHistory => ({
  events: texts.map((text) => JSON.parse(text) as HistoryEvent),
  texts: [...texts],
});

export const playedText = (event: HistoryEvent): string => JSON.stringify({ ...event, IsPlayed: true });

/** What the worker is given for one run of an orchestrator function. */
export function orchestratorRequest(instance: Instance, history: KeptHistory, fresh: readonly HistoryEvent[]): string {
  const freshTexts = fresh.map((event) => JSON.stringify({ ...event, IsPlayed: false }));
  const rest = {
    instanceId: instance.id,
    isReplaying: history.events.length > 0,
    parentInstanceId: instance.parent?.OrchestrationInstance.InstanceId ?? null,
    upperSchemaVersion: 1,
    upperSchemaVersionNew: 3,
    longRunningTimerIntervalDuration: "3.00:00:00",
    maximumShortTimerDuration: "6.00:00:00",
    // The misspelling is the protocol's.
    defaultHttpAsyncRequestSleepTimeMillseconds: 30_000,
  };
  const start = `{"history":[${[...history.texts, ...freshTexts].join(",")}],"input":${instance.input ?? "null"},`;
  return start + JSON.stringify(rest).slice(1);
}

/** How an execution stands after a run. `output` and `input` are JSON texts. */
export type Verdict =
  | { readonly kind: "waits" }
  | { readonly kind: "suspended" }
  | { readonly kind: "continues"; readonly input: string }
  | {
      readonly kind: "ended";
      readonly status: "Completed" | "Failed" | "Terminated";
      readonly output: string | null;
      /** The orchestrator's own error, for its parent. */
      readonly error?: string;
    };

export interface Episode {
  readonly outcome: ReplayOutcome;
  readonly verdict: Verdict;
  readonly customStatus: string | null;
}

/** Half of 16 KB: the service counts UTF-16. */
const maxCustomStatusLength = 8 * 1024;

export function judge(instance: Instance, state: OrchestratorState, history: readonly HistoryEvent[]): Episode {
  const outcome = replay(state, history, {
    instanceId: instance.id,
    executionId: instance.execution,
    parentId: instance.parent?.OrchestrationInstance.InstanceId,
  });
  const customStatus = state.customStatus === undefined ? instance.customStatus : JSON.stringify(state.customStatus);
  return { outcome, customStatus, verdict: verdictOf(instance, state, outcome, customStatus) };
}

function verdictOf(
  instance: Instance,
  state: OrchestratorState,
  outcome: ReplayOutcome,
  status: string | null,
): Verdict {
  const { fault, terminated, suspended, finished, continueAsNew } = outcome;
  if (terminated !== undefined) return { kind: "ended", status: "Terminated", output: jsonOrNull(terminated.reason) };
  if (fault !== undefined) return failed(fault, fault);
  if (status !== null && status.length > maxCustomStatusLength)
    return failed(`The custom status of '${instance.name}' is larger than 16 KB.`, "The custom status is too large.");
  if (suspended) return { kind: "suspended" };
  if (!finished) return { kind: "waits" };
  if (state.error) return failed(`Orchestrator function '${instance.name}' failed: ${state.error}`, state.error);
  if (continueAsNew !== undefined) return { kind: "continues", input: JSON.stringify(continueAsNew.input ?? null) };
  if (!state.isDone) return { kind: "waits" };
  return { kind: "ended", status: "Completed", output: jsonOrNull(state.output) };
}

const failed = (output: string, error: string): Verdict => ({
  kind: "ended",
  status: "Failed",
  output: JSON.stringify(output),
  error,
});

const jsonOrNull = (value: unknown): string | null =>
  value === null || value === undefined ? null : JSON.stringify(value);
