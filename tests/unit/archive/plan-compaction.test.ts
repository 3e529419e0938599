import fc from "fast-check";
import { expect, test } from "vitest";
import { MOST_PACKS, planCompaction } from "../../../shared/archive/plan-compaction.ts";

const MB = 1024 * 1024;
const pack = (unpackedBytes: number) => ({ unpackedBytes });
const bytesOf = (packs: readonly { unpackedBytes: number }[]) => packs.reduce((sum, one) => sum + one.unpackedBytes, 0);

test("a month of few packs is left alone, one of many small ones becomes one", () => {
  const few = Array.from({ length: MOST_PACKS }, () => pack(1_000));
  expect(planCompaction(few)).toEqual([]);
  expect(planCompaction([...few, pack(1_000)])).toHaveLength(MOST_PACKS + 1);
});

test("full packs are joined as far as a joined one may go, and what is as large as that is never copied again", () => {
  const full = Array.from({ length: 100 }, () => pack(16 * MB + 50));
  expect(planCompaction(full)).toHaveLength(15);
  expect(planCompaction(Array.from({ length: 100 }, () => pack(240 * MB)))).toEqual([]);
});

test("a large pack among small ones is left out until they weigh as much", () => {
  const small = Array.from({ length: MOST_PACKS }, () => pack(1_000));
  expect(planCompaction([pack(100 * MB), ...small])).toEqual(small);
  expect(planCompaction([pack(MOST_PACKS * 1_000), ...small])).toHaveLength(MOST_PACKS + 1);
});

test("whatever the sizes, a joined pack keeps its limit and takes the place of several", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 300 * MB }), { minLength: 1, maxLength: 120 });
  fc.assert(
    fc.property(sizes, (given) => {
      const joined = planCompaction(given.map(pack));
      if (joined.length === 0) return;
      expect(joined.length).toBeGreaterThanOrEqual(8);
      expect(joined.length).toBeLessThanOrEqual(48);
      expect(bytesOf(joined)).toBeLessThanOrEqual(256 * MB);
    }),
  );
});

test("a pack a day for years leaves few, and copies each byte a few times", () => {
  let packs: { unpackedBytes: number }[] = [];
  let copied = 0;
  for (let day = 0; day < 3_000; day++) {
    packs.push(pack(1_000));
    const joined = planCompaction(packs);
    if (joined.length === 0) continue;
    copied += bytesOf(joined);
    packs = [...packs.filter((one) => !joined.includes(one)), pack(bytesOf(joined))];
  }
  expect(packs.length).toBeLessThanOrEqual(MOST_PACKS);
  expect(copied / 3_000_000).toBeLessThan(8);
});
