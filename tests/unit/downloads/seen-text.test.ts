import { describe, expect, test } from "vitest";
import { safeFileName } from "../../../shared/downloads/package/entry-name.ts";
import { conversationTitle, oneLine } from "../../../shared/downloads/render/conversation-title.ts";
import { seenText } from "../../../shared/downloads/seen-text.ts";

/** A black flag, `gbsct` in hidden letters, their end. */
const SCOTLAND = "\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}";

test.each([
  ["what turns letters around", "in\u202Egpj.exe\u2066a\u2069\u200F\u061C", "ingpj.exea"],
  ["what has no width", "pay\u200Bpal\uFEFF\u2060 a\u00ADb\u180E\u034F\u115F\u3164", "paypal ab"],
  ["joiners in scripts that join nothing", "pay\u200Dpal pay\u200Cpal \u200D x\u200D", "paypal paypal  x"],
  ["choices of shape of letters, and hidden letters", "a\uFE0F\u{E0041}\u{E0062}b\u{E0100}", "ab"],
  [
    "hidden letters that end nowhere, or are no flag's",
    `${SCOTLAND.slice(0, -2)}a\u{1F600}${SCOTLAND.slice(2)}`,
    "\u{1F3F4}a\u{1F600}",
  ],
  ["halves of pairs and what nobody assigned", "a\uD800b\uE000c\uFFFF", "a\uFFFDbc"],
])("%s is left out", (_, given, seen) => expect(seenText(given)).toBe(seen));

test.each([
  ...[
    "\u{1F469}\u200D\u{1F469}\u200D\u{1F467}\u200D\u{1F466}",
    "\u{1F469}\u{1F3FD}\u200D\u{1F4BB}",
    "\u{1F3F3}\uFE0F\u200D\u{1F308}",
  ],
  ...[
    "\u2764\uFE0F\u200D\u{1F525}",
    "1\uFE0F\u20E3",
    "\u{1F1E9}\u{1F1EA}",
    "\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645",
    "\u0915\u094D\u200D\u0937",
  ],
  ...[
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
    SCOTLAND,
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}",
  ],
])("%s stays as it is", (text) => expect(seenText(text)).toBe(text));

test("where a name is cut within a flag, none of its hidden letters stay", () => {
  expect(safeFileName(`${SCOTLAND}.txt`)).toBe(`${SCOTLAND}.txt`);
  expect(safeFileName(`${"x".repeat(110)}${SCOTLAND}`)).toBe(`${"x".repeat(110)}\u{1F3F4}`);
  expect(oneLine(`${"x".repeat(247)}${SCOTLAND}`)).toBe(`${"x".repeat(247)}\u{1F3F4}`);
});

describe("a conversation's topic", () => {
  const title = (topic: string) => conversationTitle({ chat: { type: "group", topic }, nameOf: () => undefined });
  test("gives a title without what reorders or hides", () => {
    expect(title("Plans\u202E\u200B 2026\u2028x")).toBe("Plans 2026 x");
    expect(safeFileName(title("a\u2066b\uFEFFc"))).toBe("abc");
  });
  test("of nothing that anybody sees is none", () => {
    expect(title("\u200B\u202E\uFEFF\u2060")).toBe("Group chat");
    expect(oneLine("\u200D")).toBe("");
  });
});
