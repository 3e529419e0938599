/** Shares out a fixed amount among those who ask, first come, first served. */
export interface Room {
  /** Waits until so much is free; more than there is counts as all of it. Call what it answers, once, to give it back. Whoever's
   * signal aborts leaves the line: it rejects with the signal's reason. */
  take(amount: number, signal?: AbortSignal): Promise<() => void>;
}

export function createRoom(size: number): Room {
  let free = size;
  const waiting: { readonly amount: number; readonly enter: () => void }[] = [];
  const admit = (): void => {
    for (let next = waiting[0]; next !== undefined && next.amount <= free; next = waiting[0]) {
      waiting.shift();
      free -= next.amount;
      next.enter();
    }
  };
  return {
    async take(asked, signal) {
      const amount = Math.min(asked, size);
      await new Promise<void>((resolve, reject) => {
        const giveUp = (): void => {
          waiting.splice(waiting.indexOf(place), 1);
          reject(signal?.reason as Error);
          admit();
        };
        const enter = (): void => {
          signal?.removeEventListener("abort", giveUp);
          resolve();
        };
        const place = { amount, enter };
        signal?.addEventListener("abort", giveUp);
        waiting.push(place);
        admit();
        if (signal?.aborted && waiting.includes(place)) giveUp();
      });
      return () => {
        free += amount;
        admit();
      };
    },
  };
}
