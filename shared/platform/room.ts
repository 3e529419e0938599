/** Shares out a fixed amount among those who ask, first come, first served. */
export interface Room {
  /** Waits until so much is free; more than there is counts as all of it. Call what it answers, once, to give it back. */
  take(amount: number): Promise<() => void>;
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
    async take(asked) {
      const amount = Math.min(asked, size);
      await new Promise<void>((enter) => {
        waiting.push({ amount, enter });
        admit();
      });
      return () => {
        free += amount;
        admit();
      };
    },
  };
}
