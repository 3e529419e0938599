/** What a call of a dead process ends with. */
export const KILLED = new Error("killed");

/** The same object, whose calls are counted together with those of all others of this life; the one of that number does its work and
 * then fails as if the process had been killed, and none does anything afterwards. What answers without a promise (generators) is not
 * counted: nothing could end with it. */
export function dyingAfter(calls: number) {
  let left = calls;
  return <T extends object>(target: T): T =>
    new Proxy(target, {
      get(whole, name, receiver) {
        const value: unknown = Reflect.get(whole, name, receiver);
        if (typeof value !== "function") return value;
        return (...given: unknown[]) => {
          if (left === 0) throw KILLED;
          const result: unknown = Reflect.apply(value, whole, given);
          if (!(result instanceof Promise)) return result;
          left -= 1;
          return left === 0 ? result.then(() => Promise.reject(KILLED)) : result;
        };
      },
    });
}

/** Lives the work again and again, killed after its first call, then after its first and its second, then after its first, second and
 * third, and so on, until one life ends it: what a life got done is begun upon by lives that are killed at each of their first calls.
 * Answers how many were killed. Any other failure is one. */
export async function killedAfterEach(
  life: (dying: <T extends object>(target: T) => T) => Promise<{ readonly status: string }>,
): Promise<number> {
  let kills = 0;
  for (let most = 1; ; most++) {
    for (let calls = 1; calls <= most; calls++) {
      try {
        if ((await life(dyingAfter(calls))).status === "done") return kills;
      } catch (error) {
        if (error !== KILLED) throw error;
        kills += 1;
      }
    }
  }
}
