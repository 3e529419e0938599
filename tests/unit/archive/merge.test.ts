import fc from "fast-check";
import { expect, test } from "vitest";
import { mergeSorted } from "../../../shared/archive/merge.ts";

async function* stream(items: readonly number[], ended: () => void): AsyncGenerator<number> {
  try {
    for (const item of items) yield await Promise.resolve(item);
  } finally {
    ended();
  }
}

test("any number of sorted streams comes out as one sorted stream, and all are closed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(fc.integer())), async (lists) => {
      let closed = 0;
      const sorted = lists.map((list) => [...list].sort((a, b) => a - b));
      const out: number[] = [];
      for await (const item of mergeSorted(
        sorted.map((list) => stream(list, () => closed++)),
        (a, b) => a - b,
      ))
        out.push(item);
      expect(out).toEqual(lists.flat().sort((a, b) => a - b));
      expect(closed).toBe(lists.length);
    }),
  );
});

test("a reader that stops early closes every stream", async () => {
  let closed = 0;
  const streams = [
    [1, 4],
    [2, 5],
    [3, 6],
  ].map((list) => stream(list, () => closed++));
  for await (const item of mergeSorted(streams, (a, b) => a - b)) if (item === 2) break;
  expect(closed).toBe(3);
});
