import { setTimeout as sleep } from "node:timers/promises";

/** Makes the host as unkind as production: what apps must bear anyway happens all the time. */
export interface ChaosOptions {
  /** The share of activities that run twice (0–1); the second result counts. Default 0.05. */
  readonly repeat?: number;
  /** Work items wait up to this long before they run. Default 20 ms. */
  readonly maxDelayMs?: number;
  /** Runs activities, and delivers their results, in a random order. Default true. */
  readonly reorder?: boolean;
  /** The same seed decides alike; default: another one each time. */
  readonly seed?: number;
}

export interface Chaos {
  pause(): Promise<void>;
  repeats(): boolean;
  shuffle<T>(items: T[]): T[];
}

const calm: Chaos = { pause: () => Promise.resolve(), repeats: () => false, shuffle: (items) => items };

export function createChaos(options: ChaosOptions | undefined): Chaos {
  if (options === undefined) return calm;
  const { repeat = 0.05, maxDelayMs = 20, reorder = true, seed = Date.now() } = options;
  const random = randomFrom(seed);
  return {
    pause: () => sleep(random() * maxDelayMs),
    repeats: () => random() < repeat,
    shuffle: (items) => (reorder ? shuffled(items, random) : items),
  };
}

/** Numbers in [0, 1) that look random and are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffled<T>(items: T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
