import type { Person } from "../archive/chat-directory.ts";
import type { Instant } from "../platform/time.ts";

/** Last names that this process knows, so that most pages and chats cost no look-up. */
export interface PersonMemory {
  /** Does `work` with what is remembered of a key, and remembers what it answers. Of one key one after another: whoever comes while the
   * first still reads waits, and is given what that one found. */
  change(key: string, now: Instant, work: Work): Promise<void>;
}
type Work = (known: Person | undefined) => Promise<Person | undefined>;

/** Another process may have learned another name meanwhile. */
const FRESH_MS = 3_600_000;

/** Holds so many people at most: those who were not asked for for longest go, one by one. */
export function createPersonMemory(most: number): PersonMemory {
  const known = new Map<string, { readonly person: Person; readonly at: Instant }>();
  const last = new Map<string, Promise<void>>();

  async function work(key: string, now: Instant, change: Work): Promise<void> {
    const found = known.get(key);
    const held = found && Math.abs(now - found.at) < FRESH_MS ? found : undefined;
    known.delete(key);
    const person = await change(held?.person);
    if (!person) return;
    known.set(key, held?.person === person ? held : { person, at: now });
    const oldest = known.keys().next().value;
    if (known.size > most && oldest !== undefined) known.delete(oldest);
  }

  return {
    async change(key, now, change) {
      const before = last.get(key) ?? Promise.resolve();
      // A failure is its caller's: the next one tries for itself.
      const mine = before.catch(() => undefined).then(() => work(key, now, change));
      last.set(key, mine);
      try {
        await mine;
      } finally {
        if (last.get(key) === mine) last.delete(key);
      }
    },
  };
}
