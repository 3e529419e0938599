import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openFontFaces } from "../../../../shared/downloads/render/pdf/type/font-face.ts";
import { componentsOf, TrueType } from "../../../../shared/downloads/render/pdf/type/true-type.ts";
import { writeTrueType } from "../../../../shared/downloads/render/pdf/type/write-true-type.ts";
import {
  FONT_PACKAGES,
  fontFile,
  fontFiles,
  type FontName,
  fontPath,
  hasBold,
} from "../../../../shared/downloads/render/pdf/type/font-files.ts";
import type { TextLine } from "../../../../shared/downloads/render/pdf/type/text-line.ts";
import { linesOf, pdfOfParagraphs } from "../../../support/pdf-lines.ts";
import { readPdf, words } from "../../../support/pdf-text.ts";
import { ORDERED_SCRIPTS, SHAPED_SCRIPTS, SYMBOLS } from "../../../support/scripts.ts";

const textOf = async (text: string, bold = false): Promise<string> => {
  const { pages } = await readPdf(await pdfOfParagraphs([text], bold));
  return pages.join("");
};
const squeezed = (text: string): string => text.replace(/\s+/g, "");

const bare = (text: string): string => text.replace(/\u061c/g, "").trim();

test.each(Object.entries(ORDERED_SCRIPTS))("a reader finds %s again, as it was written", async (_, text) => {
  expect(squeezed(bare(await textOf(text)))).toBe(squeezed(text));
  expect(squeezed(bare(await textOf(text, true)))).toBe(squeezed(text));
});

test.each([
  "שאלה קצרה: הלקוח חתם על החוזה ABC-123 נתראה בשלוש. #84327",
  "הפגישה מחר, בשעה תשע. נא להביא 12 דוחות (3 עמודים)",
  "נא להביא 12 דוחות (עד 3), בשנת 2026.",
  "שלום 12 עולם 345 טוב",
])("a reader finds a line of Hebrew with stops, numbers and Latin in it as it was written: %s", async (text) => {
  expect(bare(await textOf(text))).toBe(text);
});

/** pdf.js gives the words of a line from left to right, sets punctuation of what runs to the left before it, and leaves out
 * what has no width. */
const loose = (text: string): string[] => words(text.replace(/[\u200c\u200d]/g, "").replace(/[.,;،؛۔:]/g, " ")).sort();

test.each(Object.entries(SHAPED_SCRIPTS))("a reader finds every word of %s again", async (_, text) => {
  const found = loose(await textOf(text));
  // Lines end within what is written without spaces.
  const isSpaceless = /[\p{Script=Khmer}\p{Script=Lao}\p{Script=Myanmar}]/u.test(text);
  if (isSpaceless) expect(squeezed(await textOf(text))).toBe(squeezed(text));
  else expect(found).toEqual(loose(text));
});

test("symbols and emoji of several characters are text, too", async () => {
  expect(words(await textOf(SYMBOLS))).toEqual(words(SYMBOLS));
});

test("what no font holds is shown as missing and still is text", async () => {
  expect(squeezed(await textOf("a \u{12000}\u{e0b5} b"))).toBe("a\u{12000}\u{e0b5}b");
});

test.each([62, 63, 119, 130, 500])("%i marks on one letter are text, all of them", async (marks) => {
  const said = `Q${"\u0301".repeat(marks)}uiet end`;
  expect(await textOf(said)).toBe(said.normalize("NFC"));
});

test.each([
  ["a letter with marks", `a${"\u0301".repeat(70_000)} end`],
  ["a letter with more marks than a call takes arguments", `a${"\u0301".repeat(300_000)} end`],
  ["a letter with marks that runs to the left", `\u05d0${"\u05b8".repeat(70_000)} end`],
  ["joined emoji", `${"👩\u200d".repeat(70_000)} end`],
])("what is one character to readers may be of any length: %s", async (_, said) => {
  expect(words(await textOf(said)).at(-1)).toBe("end");
});

const shown = ({ placed }: TextLine): string =>
  placed
    .flatMap((one) => ("word" in one ? one.word.segments : []))
    .flatMap(({ units }) => units.map(({ text }) => text))
    .join("");
const linesIn = async (text: string, width: number) => (await linesOf(text, width)).map(shown);

test("lines end between words where there are any, and anywhere where there are none", async () => {
  expect(await linesIn("one two three four", 60)).toEqual(["one two", "three four"]);
  expect(await linesIn("  one", 60)).toEqual(["  one"]);
  const long = "x".repeat(40);
  const broken = await linesIn(`a ${long}`, 60);
  expect(broken.length).toBeGreaterThan(3);
  expect(broken.join("")).toBe(`a${long}`);
  for (const line of await linesOf(`${long} ${"wort ".repeat(30)}`, 60)) expect(line.width).toBeLessThanOrEqual(60);
});

test("no line begins with a closing mark, in Chinese either", async () => {
  const lines = await linesIn("你好你好。你好你好。你好你好。", 50);
  expect(lines.join("")).toBe("你好你好。你好你好。你好你好。");
  expect(lines.filter((line) => line.startsWith("。"))).toEqual([]);
  expect(lines.length).toBeGreaterThan(2);
});

test("what begins right to left stands at the right edge, from right to left but for foreign words", async () => {
  const [line] = await linesOf("שלום abc 12", 300);
  expect(line && line.indent + line.width).toBeCloseTo(300);
  expect(line && shown(line)).toBe("abc 12 םולש");
  const [other] = await linesOf("abc שלום (12)", 300);
  expect(other?.indent).toBe(0);
});

/** The simple outlines that a glyph is made of; glyphs are padded to four bytes. */
function drawn(font: TrueType, glyph: number): string[] {
  const outline = font.outline(glyph);
  const components = componentsOf(outline);
  return components.length > 0
    ? components.flatMap((one) => drawn(font, one.glyph))
    : [outline.toString("hex").replace(/(00)*$/, "")];
}

test("a subset has the font's outlines and advances, and is a font by itself", async () => {
  const { font } = (await openFontFaces()).face("noto-sans", false);
  const glyphs = [36, 57, 200, 1000].map((glyph) => ({
    parts: [{ glyph, dx: 0, dy: 0 }],
    advance: font.advance(glyph),
  }));
  const pair = {
    parts: [
      { glyph: 36, dx: 0, dy: 0 },
      { glyph: 57, dx: 500, dy: 20 },
    ],
    advance: 1200,
  };
  const subset = new TrueType(writeTrueType(font, [...glyphs, pair]), "Subset");
  for (const [at, { parts, advance }] of glyphs.entries()) {
    expect(subset.advance(at + 1)).toBe(advance);
    expect(drawn(subset, at + 1)).toEqual(drawn(font, parts[0]?.glyph ?? 0));
  }
  expect(subset.advance(5)).toBe(1200);
  expect(subset.outline(5).readInt16BE(0)).toBe(-1);
});

test("every font that may be opened is there, and its glyphs are outlines that can be put together", () => {
  expect(fontFiles().length).toBeGreaterThan(40);
  for (const name of Object.keys(FONT_PACKAGES) as FontName[]) {
    for (const bold of hasBold(name) ? [false, true] : [false]) {
      expect(fontFiles()).toContain(fontFile(name, bold));
      expect(new TrueType(readFileSync(fontPath(name, bold)), name).outline(1)).toBeInstanceOf(Buffer);
    }
  }
});

test("a font that is read from its file has the outlines that its bytes have", async () => {
  const whole = new TrueType(readFileSync(fontPath("noto-sans-hebrew", false)), "NotoSansHebrew");
  const { font } = (await openFontFaces()).face("noto-sans-hebrew", false);
  for (let glyph = 0; glyph < 100; glyph++) expect(font.outline(glyph).equals(whole.outline(glyph))).toBe(true);
});
