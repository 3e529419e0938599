import bidiFactory, { type Bidi } from "bidi-js";
import { breakText, graphemesOf } from "./break-text.ts";
import { type Han, hanOf, type Leftward, leftwardOf } from "./choose-font.ts";
import type { Unit } from "./font-face.ts";
import type { Shaper, Word } from "./shaper.ts";

export interface TextStyle {
  /** Points. */
  readonly size: number;
  /** `r g b`, each from 0 to 1. */
  readonly color: string;
  readonly bold?: boolean;
  readonly italic?: boolean;
  readonly mono?: boolean;
  readonly underline?: boolean;
  readonly strike?: boolean;
  readonly shaded?: boolean;
  readonly href?: string;
  /** Points above the line. */
  readonly rise?: number;
}

export type Inline =
  | { readonly kind: "text"; readonly text: string; readonly style: TextStyle }
  | { readonly kind: "break" }
  /** A small picture in the line. */
  | { readonly kind: "box"; readonly box: InlineBox };

/** Points. */
export interface InlineBox {
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

/** What stands on a line, from left to right. */
export type Placed =
  | { readonly word: Word; readonly style: TextStyle; readonly width: number }
  | { readonly box: InlineBox; readonly width: number };

export interface TextLine {
  readonly placed: readonly Placed[];
  /** Points from the left edge. */
  readonly indent: number;
  readonly width: number;
}

export type Alignment = "start" | "center";

interface Atom {
  readonly text: string;
  readonly word: Word | undefined;
  readonly box?: InlineBox;
  readonly style: TextStyle;
  readonly width: number;
  readonly isSpace: boolean;
  /** No line ends before it. */
  readonly glued: boolean;
  readonly level: number;
}

const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1eeff}]/u;
const NO_STYLE: TextStyle = { size: 10, color: "0 0 0" };
/** Its types speak of an ES module; what is published is CommonJS. */
const bidi = (bidiFactory as unknown as () => Bidi)();

/** Sets text in lines of at most `width` points: fonts, direction and shapes by script, lines ended where Unicode allows it, or
 * anywhere when a word is wider than a line. What begins right to left stands at the right edge. */
export function setParagraph(
  shaper: Shaper,
  inlines: readonly Inline[],
  width: number,
  align: Alignment = "start",
): TextLine[] {
  const lines: TextLine[] = [];
  let from = 0;
  for (let at = 0; at <= inlines.length; at++) {
    if (at < inlines.length && inlines[at]?.kind !== "break") continue;
    for (const line of new Setter(shaper, width, align).set(inlines.slice(from, at))) lines.push(line);
    from = at + 1;
  }
  return lines;
}

class Setter {
  readonly #shaper: Shaper;
  readonly #width: number;
  readonly #align: Alignment;
  readonly #lines: TextLine[] = [];
  #line: Atom[] = [];
  #used = 0;
  #base = 0;
  #han: Han = "sc";
  #leftward: Leftward | undefined;

  constructor(shaper: Shaper, width: number, align: Alignment) {
    this.#shaper = shaper;
    this.#width = width;
    this.#align = align;
  }

  set(inlines: readonly Inline[]): TextLine[] {
    const atoms = this.#atoms(inlines);
    for (let at = 0; at < atoms.length; ) {
      let end = at + 1;
      while (atoms[end]?.glued) end++;
      this.#add(end === at + 1 ? [atoms[at] as Atom] : atoms.slice(at, end));
      at = end;
    }
    this.#end();
    return this.#lines;
  }

  #atoms(inlines: readonly Inline[]): Atom[] {
    const text = inlines.map((inline) => (inline.kind === "text" ? inline.text : "\ufffc")).join("");
    this.#han = hanOf(text);
    const found = RIGHT_TO_LEFT.test(text) ? bidi.getEmbeddingLevels(text) : undefined;
    this.#leftward = found ? leftwardOf(text) : undefined;
    this.#base = found?.paragraphs[0]?.level ?? 0;
    const atoms: Atom[] = [];
    let offset = 0;
    for (const inline of inlines) {
      if (inline.kind === "box") {
        const { box } = inline;
        const level = found?.levels[offset++] ?? 0;
        atoms.push({
          text: "",
          word: undefined,
          box,
          style: NO_STYLE,
          width: box.width,
          isSpace: false,
          glued: false,
          level,
        });
      } else if (inline.kind === "text") {
        this.#textAtoms(atoms, inline.text, inline.style, found?.levels.subarray(offset));
        offset += inline.text.length;
      }
    }
    return atoms;
  }

  #textAtoms(atoms: Atom[], text: string, style: TextStyle, levels: Uint8Array | undefined): void {
    for (const { 0: token, index } of text.matchAll(/ +|[^ ]+/g)) {
      const previous = atoms.at(-1);
      const isSpace = token.startsWith(" ");
      // A word may go on in another style.
      let glued = !isSpace && previous !== undefined && !previous.isSpace && previous.box === undefined;
      let at = index;
      for (const piece of isSpace ? [token] : breakText(token)) {
        for (const part of levels ? byLevel(piece, levels, at) : [piece]) {
          atoms.push(this.#atom(part, style, { isSpace, glued, level: levels?.[at] ?? 0 }));
          glued = true;
          at += part.length;
        }
        glued = false;
      }
    }
  }

  #atom(text: string, style: TextStyle, { isSpace, glued, level }: Pick<Atom, "isSpace" | "glued" | "level">): Atom {
    const leftward = ((level | this.#base) & 1) === 1 ? this.#leftward : undefined;
    const request = { bold: style.bold ?? false, mono: style.mono ?? false, han: this.#han, leftward };
    const word = this.#shaper.word(text, request, (level & 1) === 1);
    return { text, word, style, width: (word.width * style.size) / 1000, isSpace, glued, level };
  }

  /** Puts what belongs together on the line, or on the next. */
  #add(group: readonly Atom[]): void {
    const width = group.length === 1 ? (group[0]?.width ?? 0) : group.reduce((sum, atom) => sum + atom.width, 0);
    const isSpace = group[0]?.isSpace ?? false;
    if (isSpace) {
      // Only what begins a paragraph keeps its spaces.
      if (this.#line.length > 0 || this.#lines.length === 0) this.#place(group, width);
      return;
    }
    if (this.#used + width <= this.#width) return this.#place(group, width);
    if (this.#line.some((atom) => !atom.isSpace)) this.#end();
    if (this.#used + width <= this.#width) return this.#place(group, width);
    for (const atom of group) this.#force(atom);
  }

  #force(atom: Atom): void {
    const parts =
      atom.width > this.#width ? graphemesOf(atom.text).map((text) => this.#atom(text, atom.style, atom)) : [atom];
    for (const part of parts) {
      if (this.#line.length > 0 && this.#used + part.width > this.#width) this.#end();
      this.#place([part], part.width);
    }
  }

  #kept({ word, text, style, level }: Atom): Word {
    if (this.#base & 1 && word) return keptSpace(word, "\u00a0\u061c");
    // In the font of Latin, so that pdf.js, to which these marks are letters, puts what stands on each side in order by itself.
    const request = { bold: style.bold ?? false, mono: style.mono ?? false, han: this.#han };
    return keptSpace(this.#shaper.word(text, request, (level & 1) === 1), "\u200e \u200f");
  }

  #place(group: readonly Atom[], width: number): void {
    for (const atom of group) this.#line.push(atom);
    this.#used += width;
  }

  #end(): void {
    const line = this.#line;
    while (line.length > 1 && line.at(-1)?.isSpace) line.pop();
    const width = line.reduce((sum, atom) => sum + atom.width, 0);
    const free = Math.max(0, this.#width - width);
    const indent = this.#align === "center" ? free / 2 : this.#base & 1 ? free : 0;
    this.#lines.push({ placed: visual(line, this.#base, (space) => this.#kept(space)), indent, width });
    this.#line = [];
    this.#used = 0;
  }
}

/** Cuts where the direction changes. */
function byLevel(piece: string, levels: Uint8Array, offset: number): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 1; at <= piece.length; at++) {
    if (at < piece.length && levels[offset + at] === levels[offset + at - 1]) continue;
    parts.push(piece.slice(start, at));
    start = at;
  }
  return parts;
}

/** From left to right: rules L1 and L2 of UAX 9, on whole pieces. */
function visual(line: Atom[], base: number, kept: (space: Atom) => Word): Placed[] {
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
function keptSpace(space: Word, text: string): Word {
  const known = keptSpaces.get(space);
  if (known?.text === text) return known.kept;
  const segments = space.segments.map(({ face, units }) => ({ face, units: units.map((unit) => ({ ...unit, text })) }));
  const kept = { segments, width: space.width };
  keptSpaces.set(space, { text, kept });
  return kept;
}
