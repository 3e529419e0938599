import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { createRoom } from "../../../shared/platform/room.ts";

test("who asks first enters first, a small one does not pass a large one, and more than all is all", async () => {
  const room = createRoom(10);
  const entered: string[] = [];
  const enter = async (name: string, amount: number) => {
    const leave = await room.take(amount);
    entered.push(name);
    return leave;
  };
  const leaveA = await enter("a", 6);
  const b = enter("b", 25);
  const c = enter("c", 1);
  await turn();
  expect(entered).toEqual(["a"]);
  leaveA();
  (await b)();
  (await c)();
  expect(entered).toEqual(["a", "b", "c"]);
});

test("who gives up leaves the line without taking anything, and those behind move up", async () => {
  const room = createRoom(10);
  const leave = await room.take(6);
  const impatience = new AbortController();
  const large = room.take(8, impatience.signal);
  const small = room.take(4);
  const late = room.take(1, AbortSignal.abort("too late"));
  await expect(late).rejects.toBe("too late");
  impatience.abort("enough");
  await expect(large).rejects.toBe("enough");
  (await small)();
  leave();
  (await room.take(10, AbortSignal.abort("too late")))();
});
