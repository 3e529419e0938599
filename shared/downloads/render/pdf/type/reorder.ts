import type { Atom } from "./atoms.ts";
import { bidi, RIGHT_TO_LEFT } from "./direction.ts";
import type { Unit } from "./units.ts";
import type { Word } from "./shaper.ts";
import type { InlineBox, Placed } from "./text-line.ts";

/** A line from left to right: rules L1 and L2 of UAX 9, on whole pieces. `kept` gives a space that stays where it is. */
export function reorder(line: Atom[], base: number, kept: (space: Atom) => Word): Placed[] {
  if (base > 0 || line.some(({ level }) => level > 0)) {
    const shown = line.map(({ isSpace }) => (isSpace ? " " : "x")).join("");
    const levels = Uint8Array.from(line, ({ level }) => level);
    const paragraphs = [{ start: 0, end: line.length - 1, level: base }];
    for (const [from = 0, to = 0] of bidi.getReorderSegments(shown, { levels, paragraphs })) {
      for (const [at, atom] of line.slice(from, to + 1).entries()) line[to - at] = atom;
    }
  }
  return line.map((atom, at): Placed => {
    const { word, box, style, width, isSpace } = atom;
    if (box || !word) return { box: box as InlineBox, width };
    const isKept = isSpace && endsRightToLeft(line[at - 1]) && !beginsRightToLeft(line[at + 1]);
    const shown = isKept ? kept(atom) : base & 1 && atom.level & 1 && !isSpace ? apart(word, line, at) : word;
    return { word: shown, style, width };
  });
}

/** Poppler takes them for parts of numbers, wherever they stand. */
const NUMERIC = /[.,:#$%+/\u060c-]/;

/** Where a stop of what runs to the left meets a number or a foreign word, a mark between them: Poppler would put both in order
 * as one. */
function apart(word: Word, line: readonly Atom[], at: number): Word {
  const isForeign = (one: Atom | undefined) => one !== undefined && !one.isSpace && (one.level & 1) === 0;
  const meets = (step: 1 | -1) =>
    isForeign(line[at + step]) || (line[at + step]?.isSpace === true && isForeign(line[at + 2 * step]));
  const isStop = NUMERIC.test(line[at]?.text ?? "");
  const before = isStop && !beginsRightToLeft(line[at]) && meets(-1) ? "\u061c" : "";
  const after = isStop && !endsRightToLeft(line[at]) && meets(1) ? "\u061c" : "";
  if (before === "" && after === "") return word;
  const units = word.segments.flatMap((segment) => segment.units);
  const mark = (unit: Unit): Unit => {
    const text = `${unit === units[0] ? before : ""}${unit.text}${unit === units.at(-1) ? after : ""}`;
    return text === unit.text ? unit : { ...unit, text };
  };
  const segments = word.segments.map((segment) => ({ face: segment.face, units: segment.units.map(mark) }));
  return { segments, width: word.width };
}

const unitOf = (atom: Atom | undefined, at: 0 | -1): string => atom?.word?.segments.at(at)?.units.at(at)?.text ?? "";
/** Letters: digits and punctuation of these scripts do not run to the left by themselves. */
const isRightToLeft = (text: string): boolean => /[\p{L}\p{M}]/u.test(text) && RIGHT_TO_LEFT.test(text);
const endsRightToLeft = (atom: Atom | undefined): boolean => isRightToLeft(unitOf(atom, -1));
const beginsRightToLeft = (atom: Atom | undefined): boolean => isRightToLeft(unitOf(atom, 0));

const keptSpaces = new WeakMap<Word, { readonly text: string; readonly kept: Word }>();

/** Poppler turns runs of right-to-left text around with the neutral characters that follow them, or those before them on a page
 * that is mostly right-to-left, so that a space at the end of such a run comes out on its other side and two words become
 * one. What Poppler takes for a number or a left-to-right mark before it, and a mark of the other direction behind, keep it where
 * it is; pdf.js takes U+00A0 for a space and U+061C for a right-to-left letter. Sources: Poppler's TextOutputDev.cc,
 * `dumpFragment`; pdf.js's bidi.js. */
export function keptSpace(space: Word, text: string): Word {
  const known = keptSpaces.get(space);
  if (known?.text === text) return known.kept;
  const segments = space.segments.map(({ face, units }) => ({ face, units: units.map((unit) => ({ ...unit, text })) }));
  const kept = { segments, width: space.width };
  keptSpaces.set(space, { text, kept });
  return kept;
}
