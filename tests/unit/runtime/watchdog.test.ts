import type { InvocationContext, Timer } from "@azure/functions";
import { expect, test } from "vitest";
import { watchdog } from "../../../functions/runtime/watchdog.ts";
import { createLogger } from "../../../shared/platform/logger.ts";

test("what cannot be taken up is told and keeps nothing else waiting", async () => {
  const lines: string[] = [];
  const resumed: string[] = [];
  const { handler } = watchdog({
    name: "resumeThings",
    log: createLogger((_level, line) => lines.push(line)),
    async *open() {
      yield* ["a", "broken", "b"];
    },
    async resume(item) {
      if (item === "broken") throw new Error("no");
      resumed.push(item);
    },
  });
  await handler({} as Timer, {} as InvocationContext);
  expect(resumed).toEqual(["a", "b"]);
  expect(lines).toEqual([expect.stringContaining('"event":"resumeThings.failed"')]);
});
