import { breakText, partText } from "./break-text.ts";
import { type Han, hanOf, type Leftward, leftwardOf } from "./choose-font.ts";
import { directionOf, RIGHT_TO_LEFT } from "./direction.ts";
import type { Around } from "./font-face.ts";
import type { Shaper, Word } from "./shaper.ts";
import type { Inline, InlineBox, TextStyle } from "./text-line.ts";

/** What no line parts, but where it is wider than one: a word, a piece of it, spaces, or a picture. */
export interface Atom {
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

const NO_STYLE: TextStyle = { size: 10, color: "0 0 0" };

/** Parts a paragraph into atoms, each in its font and shape. */
export class AtomMaker {
  readonly #shaper: Shaper;
  readonly #han: Han;
  readonly #leftward: Leftward | undefined;
  readonly #levels: Uint8Array | undefined;
  /** UTF-16 code units. */
  readonly length: number;
  /** Of the paragraph by UAX 9: odd when it runs to the left. */
  readonly base: number;

  constructor(shaper: Shaper, inlines: readonly Inline[], isLeftward: boolean) {
    const text = inlines.map((inline) => (inline.kind === "text" ? inline.text : "\ufffc")).join("");
    const found = isLeftward || RIGHT_TO_LEFT.test(text) ? directionOf(text, isLeftward) : undefined;
    this.length = text.length;
    this.#shaper = shaper;
    this.#han = hanOf(text);
    this.#leftward = found ? leftwardOf(text) : undefined;
    this.#levels = found?.levels;
    this.base = found?.base ?? 0;
  }

  /** Of the inlines that it was made for, one after another: a paragraph may have millions. */
  *atoms(inlines: readonly Inline[]): Generator<Atom> {
    let offset = 0;
    let previous: Atom | undefined;
    for (const inline of inlines) {
      if (inline.kind === "box") {
        const { box } = inline;
        const level = this.#levels?.[offset++] ?? 0;
        const plain = { text: "", word: undefined, style: NO_STYLE, isSpace: false, glued: false };
        yield (previous = { ...plain, box, width: box.width, level });
      } else if (inline.kind === "text") {
        for (const atom of this.#textAtoms(inline, this.#levels?.subarray(offset), previous)) yield (previous = atom);
        offset += inline.text.length;
      }
    }
  }

  *#textAtoms(
    { text, style }: Extract<Inline, { kind: "text" }>,
    levels: Uint8Array | undefined,
    previous: Atom | undefined,
  ): Generator<Atom> {
    // A word may go on in another style.
    let glued = previous !== undefined && !previous.isSpace && previous.box === undefined;
    for (const { 0: token, index } of text.matchAll(/ +|[^ ]+/g)) {
      const isSpace = token.startsWith(" ");
      if (isSpace) glued = false;
      let at = index;
      for (const part of partText(token)) {
        const [start, end] = [at, at + part.text.length];
        for (const piece of isSpace ? [part.text] : breakText(part.text)) {
          for (const one of levels ? byLevel(piece, levels, at) : [piece]) {
            const around = {
              before: at === start ? part.before : "",
              after: at + one.length === end ? part.after : "",
            };
            yield this.#atom(one, style, { isSpace, glued, level: levels?.[at] ?? 0 }, around);
            glued = true;
            at += one.length;
          }
          glued = false;
        }
        glued = part.after !== "";
      }
    }
  }

  #atom(
    text: string,
    style: TextStyle,
    { isSpace, glued, level }: Pick<Atom, "isSpace" | "glued" | "level">,
    around: Around,
  ): Atom {
    const leftward = ((level | this.base) & 1) === 1 ? this.#leftward : undefined;
    const request = { bold: style.bold ?? false, mono: style.mono ?? false, han: this.#han, leftward };
    const word = this.#shaper.word(text, request, (level & 1) === 1, around);
    return { text, word, style, width: (word.width * style.size) / 1000, isSpace, glued, level };
  }

  /** A space in the font of Latin. */
  latinSpace({ text, style, level }: Atom): Word {
    const request = { bold: style.bold ?? false, mono: style.mono ?? false, han: this.#han };
    return this.#shaper.word(text, request, (level & 1) === 1);
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
