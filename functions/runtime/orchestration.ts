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

/** The same for many inputs, at most `width` of them at a time; endings come in the order of the inputs. SDK retries are
 * not used: beside other tasks they make the extension and the SDK count differently. */
export function* runAll<I, T>(
  context: OrchestrationContext,
  contract: ActivityContract<I, Step<T>>,
  inputs: readonly I[],
  width: number,
): Flow<Ending<T>[]> {
  const endings = new Map<number, Ending<T>>();
  const open: Attempt[] = [];
  let next = 0;
  const call = (index: number, throws: number): Attempt => ({
    index,
    throws,
    waiting: false,
    task: context.df.callActivity(contract.name, inputs[index]),
  });
  while (endings.size < inputs.length) {
    while (open.length < width && next < inputs.length) open.push(call(next++, 0));
    const winner = yield context.df.Task.any(open.map((attempt) => attempt.task));
    const slot = open.findIndex((attempt) => attempt.task === winner);
    const attempt = open.splice(slot, 1)[0];
    if (!attempt) throw new Error("Task.any answered with a task that nobody waits for");
    if (attempt.waiting) {
      open.push(call(attempt.index, attempt.throws));
      continue;
    }
    const result = read(contract, attempt);
    if (result.status === "done" || result.status === "failed") endings.set(attempt.index, result);
    else if (result.status === "again") open.push(call(attempt.index, 0));
    else open.push(wait(context, attempt, result));
  }
  return [...endings.entries()].sort(([a], [b]) => a - b).map(([, ending]) => ending);
}

interface Attempt {
  readonly index: number;
  readonly task: Task;
  /** How often in a row this input's activity threw. */
  readonly throws: number;
  readonly waiting: boolean;
}

type Outcome<T> = Step<T> | { readonly status: "threw"; readonly waitMs: number };

function read<I, T>(contract: ActivityContract<I, Step<T>>, { task, throws }: Attempt): Outcome<T> {
  if (!task.isFaulted) return contract.output.parse(task.result);
  const waitMs = RETRY_AFTER_MS[throws];
  return waitMs === undefined ? { status: "failed", code: "internal" } : { status: "threw", waitMs };
}

function wait<T>(
  context: OrchestrationContext,
  attempt: Attempt,
  outcome: Extract<Outcome<T>, { status: "later" | "threw" }>,
): Attempt {
  const now = context.df.currentUtcDateTime.getTime();
  const until = outcome.status === "later" ? Math.max(outcome.notBefore, now + SHORTEST_WAIT_MS) : now + outcome.waitMs;
  const throws = outcome.status === "threw" ? attempt.throws + 1 : 0;
  return { index: attempt.index, throws, waiting: true, task: context.df.createTimer(new Date(until)) };
}
