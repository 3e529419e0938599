/** The same object, whose calls are counted together with those of all others of this life; the one of that number does its work and
 * then fails as if the process had been killed. Generators count when they are begun. */
export function dyingAfter(calls: number) {
  let left = calls;
  return <T extends object>(target: T): T =>
    new Proxy(target, {
      get(whole, name, receiver) {
        const value: unknown = Reflect.get(whole, name, receiver);
        if (typeof value !== "function") return value;
        return (...given: unknown[]) => {
          const result: unknown = Reflect.apply(value, whole, given);
          left -= 1;
          if (!(result instanceof Promise)) return result;
          return left === 0 ? result.then(() => Promise.reject(new Error("killed"))) : result;
        };
      },
    });
}
