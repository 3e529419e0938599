import { Session } from "node:inspector/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { bidi, directionOf } from "../../../../shared/downloads/render/pdf/type/direction.ts";
import type { TextLine } from "../../../../shared/downloads/render/pdf/type/text-line.ts";

const session = new Session();
let linesOf: (text: string) => Promise<TextLine[]>;
let direction: { readonly directionOf: typeof directionOf; readonly bidi: typeof bidi };

// The engine counts only what it compiles while it counts: hence the imports here.
beforeAll(async () => {
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  ({ linesOf } = await import("../../../support/pdf-lines.ts"));
  direction = await import("../../../../shared/downloads/render/pdf/type/direction.ts");
});
afterAll(() => session.disconnect());

const unitsOf = (lines: readonly TextLine[]) =>
  lines.flatMap(({ placed }) =>
    placed.flatMap((one) => ("word" in one ? one.word.segments.flatMap(({ units }) => units) : [])),
  );

test("letters of a word that is wider than many lines stay joined, wherever it is cut", async () => {
  const units = unitsOf(await linesOf("ب".repeat(5_000)));
  expect(units).toHaveLength(5_000);
  const shapes = Map.groupBy(units, ({ glyph }) => glyph.parts.map((part) => part.glyph).join());
  expect([...shapes.values()].map(({ length }) => length).sort((a, b) => a - b)).toEqual([1, 1, 4_998]);
});

test("no letter of a long word is lost or parted from its marks where it is cut", async () => {
  const emoji = "👩🏽\u200d🚒";
  for (const grapheme of ["e\u0301", "ש\u05c1\u05b8", "क्षि", emoji, "\u{20000}"]) {
    const lines = await linesOf(grapheme.repeat(3_000));
    const texts = lines.map((line) => unitsOf([line]).map(({ text }) => text));
    const read = texts.map((units) => (/[א-ת]/.test(grapheme) ? units.reverse() : units).join(""));
    expect(read.join("") === grapheme.repeat(3_000)).toBe(true);
    for (const line of read) expect(line.length % grapheme.length).toBe(0);
  }
});

test("the direction of a text is found piece by piece as it is at once", () => {
  const said = "Der Bericht (תקציב 2026, עמוד 12) ist da: נא לקרוא [דחוף] עד 17:30, bitte. مرحبا ١٢٣, ok! ";
  for (const text of [said.repeat(300), `ש${said.repeat(300)}`]) {
    const { levels, base } = direction.directionOf(text);
    const whole = direction.bidi.getEmbeddingLevels(text);
    expect(base).toBe(whole.paragraphs[0]?.level);
    expect(Buffer.compare(levels, whole.levels)).toBe(0);
  }
});

async function steps(text: string): Promise<number> {
  await session.post("Profiler.takePreciseCoverage");
  await linesOf(text);
  const { result } = await session.post("Profiler.takePreciseCoverage");
  return result
    .filter(({ url }) => /render\/pdf\/type|bidi-js|linebreak/.test(url))
    .flatMap((script) => script.functions.flatMap(({ ranges }) => ranges))
    .reduce((sum, { count }) => sum + count, 0);
}

test.each([
  ["letters", "abcdefgh"],
  ["letters that run to the left", "אבגדהוזח"],
  ["digits among them", "12345678"],
  ["changes of direction", "א1a"],
  ["isolated pieces", "\u2067א\u2069a"],
  ["isolates that do not end", "\u2068"],
  ["embedded pieces", "\u202bא\u202aa"],
  ["marks", "\u0301"],
  ["brackets", "(א)[a]"],
  ["characters without width", "\u200b"],
  ["slashes", "ab/"],
  ["spaces", "\u0020"],
  ["words", "one דבר "],
])("twice as many %s take twice the steps", async (_, piece) => {
  const text = (times: number) => `א${piece.repeat(times)}`;
  const many = Math.ceil(20_000 / piece.length);
  await steps(text(many));
  const once = await steps(text(many));
  expect(once).toBeGreaterThan(1_000);
  expect(await steps(text(2 * many))).toBeLessThan(2.2 * once);
});
