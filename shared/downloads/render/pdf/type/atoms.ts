import { breakText } from "./break-text.ts";
import { type Han, hanOf, type Leftward, leftwardOf } from "./choose-font.ts";
import { bidi, RIGHT_TO_LEFT } from "./direction.ts";
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
  /** Of the paragraph by UAX 9: odd when it runs to the left. */
  readonly base: number;

  constructor(shaper: Shaper, inlines: readonly Inline[]) {
    const text = inlines.map((inline) => (inline.kind === "text" ? inline.text : "\ufffc")).join("");
    const found = RIGHT_TO_LEFT.test(text) ? bidi.getEmbeddingLevels(text) : undefined;
    this.#shaper = shaper;
    this.#han = hanOf(text);
    this.#leftward = found ? leftwardOf(text) : undefined;
    this.#levels = found?.levels;
    this.base = found?.paragraphs[0]?.level ?? 0;
  }

  /** Of the inlines that it was made for. */
  atoms(inlines: readonly Inline[]): Atom[] {
    const atoms: Atom[] = [];
    let offset = 0;
    for (const inline of inlines) {
      if (inline.kind === "box") {
        const { box } = inline;
        const level = this.#levels?.[offset++] ?? 0;
        const plain = { text: "", word: undefined, style: NO_STYLE, isSpace: false, glued: false };
        atoms.push({ ...plain, box, width: box.width, level });
      } else if (inline.kind === "text") {
        this.#textAtoms(atoms, inline.text, inline.style, this.#levels?.subarray(offset));
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
          atoms.push(this.atom(part, style, { isSpace, glued, level: levels?.[at] ?? 0 }));
          glued = true;
          at += part.length;
        }
        glued = false;
      }
    }
  }

  /** One atom of the paragraph. */
  atom(text: string, style: TextStyle, { isSpace, glued, level }: Pick<Atom, "isSpace" | "glued" | "level">): Atom {
    const leftward = ((level | this.base) & 1) === 1 ? this.#leftward : undefined;
    const request = { bold: style.bold ?? false, mono: style.mono ?? false, han: this.#han, leftward };
    const word = this.#shaper.word(text, request, (level & 1) === 1);
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
