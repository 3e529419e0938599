interface Entry<T> {
  readonly revision: string;
  readonly value: Promise<T>;
  size: number;
}

/** Values that are true for one revision of a key. Those asked for at the same time are loaded once; when all together grow over
 * `maxSize`, the ones not used for longest go. */
export interface ListCache<T> {
  get(key: string, revision: string, load: () => Promise<T>): Promise<T>;
}

export function createListCache<T>(sizeOf: (value: T) => number, maxSize: number): ListCache<T> {
  const entries = new Map<string, Entry<T>>();
  const trim = () => {
    let size = [...entries.values()].reduce((sum, entry) => sum + entry.size, 0);
    for (const [key, entry] of entries) {
      if (size <= maxSize || entries.size === 1) return;
      entries.delete(key);
      size -= entry.size;
    }
  };
  return {
    async get(key, revision, load) {
      const known = entries.get(key);
      entries.delete(key);
      const entry = known?.revision === revision ? known : { revision, value: load(), size: 0 };
      entries.set(key, entry);
      try {
        const value = await entry.value;
        entry.size = sizeOf(value);
        trim();
        return value;
      } catch (error) {
        if (entries.get(key) === entry) entries.delete(key);
        throw error;
      }
    },
  };
}
