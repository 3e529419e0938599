import { expect, test } from "vitest";
import { createListCache } from "../../../shared/storage/list-cache.ts";

const cache = (max: number) => createListCache<number[]>((list) => list.length, max);

test("a revision is loaded once, also by many at the same time, and a new one again", async () => {
  const lists = cache(100);
  let loads = 0;
  const load = async () => [++loads];
  const all = await Promise.all(Array.from({ length: 5 }, () => lists.get("a", "1", load)));
  expect(new Set(all).size).toBe(1);
  expect(await lists.get("a", "2", load)).toEqual([2]);
});

test("over the size the ones not used for longest go, the last one stays whatever its size", async () => {
  const lists = cache(10);
  let loads = 0;
  const of = (size: number) => async () => (loads++, Array.from({ length: size }, () => 0));
  await lists.get("a", "1", of(4));
  await lists.get("b", "1", of(4));
  await lists.get("a", "1", of(4));
  await lists.get("c", "1", of(4));
  await lists.get("a", "1", of(4));
  expect(loads).toBe(3);
  await lists.get("b", "1", of(4));
  expect(loads).toBe(4);
  await lists.get("d", "1", of(99));
  await lists.get("d", "1", of(99));
  expect(loads).toBe(5);
});

test("a load that failed is tried again", async () => {
  const lists = cache(10);
  await expect(lists.get("a", "1", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await lists.get("a", "1", async () => [1])).toEqual([1]);
});
