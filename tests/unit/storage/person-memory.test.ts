import { expect, test } from "vitest";
import { createPersonMemory } from "../../../shared/storage/person-memory.ts";

test("when it is full, who was not asked for for longest goes, and nobody else", async () => {
  const memory = createPersonMemory(3);
  const looked: string[] = [];
  const ask = (id: string) =>
    memory.change(id, 1_000, async (known) => {
      if (!known) looked.push(id);
      return known ?? { id };
    });
  for (const id of ["a", "b", "c", "a", "d"]) await ask(id);
  expect(looked.splice(0)).toEqual(["a", "b", "c", "d"]);
  for (const id of ["a", "c", "d", "b"]) await ask(id);
  expect(looked).toEqual(["b"]);
});

test("a look-up that fails is not remembered, and is not the failure of whoever waits for it", async () => {
  const memory = createPersonMemory(3);
  const failing = memory.change("a", 0, () => Promise.reject(new Error("out of order")));
  const seen: unknown[] = [];
  const next = memory.change("a", 0, async (known) => {
    seen.push(known);
    return { id: "a", name: "Anna" };
  });
  await expect(failing).rejects.toThrow("out of order");
  await next;
  await memory.change("a", 0, async (known) => void seen.push(known));
  expect(seen).toEqual([undefined, { id: "a", name: "Anna" }]);
});
