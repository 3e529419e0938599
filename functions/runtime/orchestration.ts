import type { OrchestrationContext, Task } from "durable-functions";
import type { ActivityContract, Step } from "../../shared/platform/activity.contract.ts";

export type Flow<T> = Generator<Task, T, unknown>;
export type Ending<T> = Extract<Step<T>, { status: "done" | "failed" }>;

/** Waits between tries of an activity that threw: only bugs and lost infrastructure throw. */
const RETRY_AFTER_MS = [2_000, 15_000, 60_000, 300_000, 900_000];
/** A durable timer may fire a second early, and a past one costs a round through the hub. */
const SHORTEST_WAIT_MS = 1_000;

/** Runs one activity until it is done or has failed, whatever it takes: `again` at once, `later` after a durable timer,
 * a throw after growing waits (then it ends as failed with code `internal`). */
export function* run<I, T>(
  context: OrchestrationContext,
  contract: ActivityContract<I, Step<T>>,
  input: I,
): Flow<Ending<T>> {
  const [ending] = yield* runAll(context, contract, [input], 1);
  return ending ?? { status: "failed", code: "internal" };
}

/** The same for many inputs, in waves of at most `width`; endings come in the order of the inputs. A task is waited for in one
 * `Task.all` and never handed to a second `Task.all` or `Task.any`: durable-functions 3.5 lists the children of every compound
 * task as new actions, so the extension would start them again and number what follows differently from the SDK. For the same
 * reason SDK retries are not used. */
export function* runAll<I, T>(
  context: OrchestrationContext,
  contract: ActivityContract<I, Step<T>>,
  inputs: readonly I[],
  width: number,
): Flow<Ending<T>[]> {
  const endings = new Map<number, Ending<T>>();
  let ready: Attempt[] = inputs.map((_, index) => ({ index, throws: 0, notBefore: 0 }));
  let waiting: Attempt[] = [];
  while (ready.length + waiting.length > 0) {
    const now = context.df.currentUtcDateTime.getTime();
    ready.push(...waiting.filter(({ notBefore }) => notBefore <= now));
    waiting = waiting.filter(({ notBefore }) => notBefore > now);
    if (ready.length === 0) {
      const next = Math.min(...waiting.map(({ notBefore }) => notBefore));
      yield context.df.createTimer(new Date(Math.max(next, now + SHORTEST_WAIT_MS)));
      continue;
    }
    const wave = ready.slice(0, width);
    ready = ready.slice(width);
    const tasks = wave.map(({ index }) => context.df.callActivity(contract.name, inputs[index]));
    yield* settle(context, tasks);
    for (const [at, attempt] of wave.entries()) {
      const outcome = read(contract, attempt, tasks[at]);
      if (outcome.status === "done" || outcome.status === "failed") endings.set(attempt.index, outcome);
      else if (outcome.status === "again") ready.push({ ...attempt, throws: 0 });
      else waiting.push(postponed(context, attempt, outcome));
    }
  }
  return [...endings.entries()].sort(([a], [b]) => a - b).map(([, ending]) => ending);
}

interface Attempt {
  readonly index: number;
  /** How often in a row this input's activity threw. */
  readonly throws: number;
  readonly notBefore: number;
}

type Outcome<T> = Step<T> | { readonly status: "threw"; readonly waitMs: number };

/** Waits until all have ended, well or badly. `Task.all` gives up at the first failure; each of the others is then waited for
 * by itself, which schedules nothing. */
function* settle(context: OrchestrationContext, tasks: readonly Task[]): Flow<void> {
  try {
    yield context.df.Task.all([...tasks]);
  } catch {
    for (const task of tasks) {
      try {
        if (!task.isCompleted) yield task;
      } catch {
        // Its outcome is read from the task.
      }
    }
  }
}

function read<I, T>(contract: ActivityContract<I, Step<T>>, { throws }: Attempt, task: Task | undefined): Outcome<T> {
  if (task && !task.isFaulted) return contract.output.parse(task.result);
  const waitMs = RETRY_AFTER_MS[throws];
  return waitMs === undefined ? { status: "failed", code: "internal" } : { status: "threw", waitMs };
}

function postponed<T>(
  context: OrchestrationContext,
  { index, throws }: Attempt,
  outcome: Extract<Outcome<T>, { status: "later" | "threw" }>,
): Attempt {
  if (outcome.status === "later") return { index, throws: 0, notBefore: outcome.notBefore };
  const now = context.df.currentUtcDateTime.getTime();
  return { index, throws: throws + 1, notBefore: now + outcome.waitMs };
}
