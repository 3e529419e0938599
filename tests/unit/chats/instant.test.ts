import { expect, onTestFinished, test } from "vitest";
import { parseInstant } from "../../../shared/chats/message.ts";

test("a time without an offset is the same instant on every machine", () => {
  const { TZ } = process.env;
  onTestFinished(() => {
    if (TZ === undefined) delete process.env["TZ"];
    else process.env["TZ"] = TZ;
  });
  process.env["TZ"] = "Asia/Kolkata";
  const nine = Date.UTC(2026, 0, 10, 9);
  expect(["2026-01-10T09:00:00", "2026-01-10T09:00", "2026-01-10T09:00:00.0000000"].map(parseInstant)).toEqual([
    nine,
    nine,
    nine,
  ]);
  expect(["2026-01-10T09:00:00Z", "2026-01-10T14:30:00+05:30", "2026-01-10T04:00:00-05:00"].map(parseInstant)).toEqual([
    nine,
    nine,
    nine,
  ]);
});
