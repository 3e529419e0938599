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
