import { expect, it } from "vitest";
import { createChatPace } from "../../../shared/graph/chat-pace.ts";

it("spaces the requests of one chat and lets other chats pass", async () => {
  const waits: Record<string, number[]> = { a: [], b: [] };
  const run = async (chat: "a" | "b", pace: ReturnType<typeof createChatPace>, slept: number[]) => {
    const before = slept.length;
    await pace.turn(chat);
    waits[chat]?.push(slept[before] ?? 0);
  };
  const slept: number[] = [];
  const pace = createChatPace(
    () => 1_000,
    async (ms) => void slept.push(ms),
  );
  for (const chat of ["a", "a", "b", "a"] as const) await run(chat, pace, slept);
  expect(waits).toEqual({ a: [0, 1_250, 2_500], b: [0] });
});

it("counts from the answer where that comes late, since the request may have arrived just then", async () => {
  let clock = 0;
  const pace = createChatPace(
    () => clock,
    async (ms) => void (clock += ms),
  );
  const next = async (answerMs: number) => {
    await pace.turn("a");
    const at = clock;
    clock += answerMs;
    pace.answered("a");
    return at;
  };
  expect([await next(10), await next(900), await next(10)]).toEqual([0, 1_250, 1_250 + 900 + 1_210]);
});
