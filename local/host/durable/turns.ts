/** Lets at most so many jobs run at a time, in the order of asking. Jobs must not reject. */
export type Turns = (job: () => Promise<void>) => void;

export function createTurns(limit: number): Turns {
  const waiting: (() => Promise<void>)[] = [];
  let running = 0;
  const next = (): void => {
    while (running < limit) {
      const job = waiting.shift();
      if (job === undefined) return;
      running += 1;
      void job().finally(() => {
        running -= 1;
        next();
      });
    }
  };
  return (job) => {
    waiting.push(job);
    // Not at once: what else arrives in this tick should be part of the same turn.
    if (waiting.length === 1) setImmediate(next);
  };
}
