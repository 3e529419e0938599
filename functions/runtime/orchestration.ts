import type { OrchestrationContext, Task } from "durable-functions";
import type { ActivityContract, Step } from "../../shared/platform/activity.contract.ts";
import { afterTurn, type Ending, type Parked, type Turn } from "./turn.ts";

export type Flow<T> = Generator<Task, T, unknown>;

const TIMER_MAY_BE_EARLY_MS = 1_000;

/** Runs one activity until it is done or has failed, whatever it takes: `again` at once, `later` after a durable timer,
 * a throw, trouble, or an `again` that came at once and without progress, after growing waits (see `afterTurn`). */
export function* run<I, T>(
  context: OrchestrationContext,
  contract: ActivityContract<I, Step<T>>,
  input: I,
): Flow<Ending<T>> {
  const [ending] = yield* runAll(context, contract, [input], 1);
  return ending ?? { status: "failed", code: "internal" };
}

/** The same for many inputs, in rounds of at most `width` at a time; endings come in the order of the inputs. Inputs that have
 * to wait let the others go first. Neither SDK retries nor a second `Task.any` or `Task.all` over the same tasks are used: the
 * first make the extension and the SDK count differently, the second schedules the tasks once more. */
export function* runAll<I, T>(
  context: OrchestrationContext,
  contract: ActivityContract<I, Step<T>>,
  inputs: readonly I[],
  width: number,
): Flow<Ending<T>[]> {
  const endings = new Map<number, Ending<T>>();
  let ready: Turn[] = inputs.map((_, index) => ({ index, throws: 0 }));
  let parked: Parked[] = [];
  while (endings.size < inputs.length) {
    if (ready.length === 0) yield context.df.createTimer(new Date(Math.min(...parked.map(({ until }) => until))));
    const now = context.df.currentUtcDateTime.getTime();
    ready.push(...parked.filter(({ until }) => until <= now + TIMER_MAY_BE_EARLY_MS));
    parked = parked.filter(({ until }) => until > now + TIMER_MAY_BE_EARLY_MS);
    const round = ready.slice(0, width);
    ready = ready.slice(width);
    const tasks = round.map(({ index }) => context.df.callActivity(contract.name, inputs[index]));
    yield* settle(context, tasks);
    for (const [slot, turn] of round.entries()) {
      const result = afterTurn(stepOf(contract, tasks[slot]), turn, {
        began: now,
        now: context.df.currentUtcDateTime.getTime(),
      });
      if ("until" in result) parked.push(result);
      else if (result.status === "again") ready.push({ index: turn.index, throws: 0 });
      else endings.set(turn.index, result);
    }
  }
  return [...endings.entries()].sort(([a], [b]) => a - b).map(([, ending]) => ending);
}

/** A durable timer, to be yielded. It may fire a second early. */
export const pauseFor = (context: OrchestrationContext, ms: number): Task =>
  context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + ms));

/** Waits until every task has ended, well or not: look at `isFaulted`. */
export function* settle(context: OrchestrationContext, tasks: readonly Task[]): Flow<void> {
  if (tasks.length === 0) return;
  try {
    yield context.df.Task.all([...tasks]);
  } catch {
    for (const task of tasks) {
      try {
        if (!task.isCompleted && !task.isFaulted) yield task;
      } catch {
        // Its own state says so.
      }
    }
  }
}

function stepOf<I, T>(contract: ActivityContract<I, Step<T>>, task: Task | undefined): Step<T> | undefined {
  return task && !task.isFaulted ? contract.output.parse(task.result) : undefined;
}
