import { type Atom, AtomMaker } from "./atoms.ts";
import { joinPlaced, partWord } from "./join-words.ts";
import { keptSpace, reorder } from "./reorder.ts";
import type { Shaper, Word } from "./shaper.ts";
import type { Inline, TextLine } from "./text-line.ts";

/** `leftward`: it runs to the left, whatever it begins with. */
export type Alignment = "start" | "center" | "leftward";

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
    for (const line of new Setter(shaper, inlines.slice(from, at), { width, align }).set()) lines.push(line);
    from = at + 1;
  }
  return lines;
}

/** UTF-16 code units: the words of longer paragraphs are put together. */
const LONG = 10_000;
const MOST_ON_LINE = 100_000;

class Setter {
  readonly #inlines: readonly Inline[];
  readonly #maker: AtomMaker;
  readonly #width: number;
  readonly #align: Alignment;
  readonly #isLong: boolean;
  readonly #lines: TextLine[] = [];
  #group: Atom[] = [];
  #groupWidth = 0;
  /** The group is wider than a line: it ends anywhere. */
  #isForced = false;
  #line: Atom[] = [];
  #used = 0;
  /** Of the line, in UTF-16 code units. */
  #length = 0;

  constructor(shaper: Shaper, inlines: readonly Inline[], { width, align }: { width: number; align: Alignment }) {
    this.#inlines = inlines;
    this.#maker = new AtomMaker(shaper, inlines, align === "leftward");
    this.#isLong = this.#maker.length > LONG;
    this.#width = width;
    this.#align = align;
  }

  set(): TextLine[] {
    for (const atom of this.#maker.atoms(this.#inlines)) {
      if (!atom.glued) this.#endGroup();
      if (this.#isForced) this.#force(atom);
      else this.#add(atom);
    }
    this.#endGroup();
    this.#end();
    return this.#lines;
  }

  #add(atom: Atom): void {
    this.#group.push(atom);
    this.#groupWidth += atom.width;
    if (atom.isSpace || this.#groupWidth <= this.#width) return;
    // No line holds it, whatever else belongs to it.
    if (this.#line.some(({ isSpace }) => !isSpace)) this.#end();
    for (const one of this.#group) this.#force(one);
    this.#group = [];
    this.#isForced = true;
  }

  /** Puts what belongs together on the line, or on the next. */
  #endGroup(): void {
    const [group, width] = [this.#group, this.#groupWidth];
    [this.#group, this.#groupWidth, this.#isForced] = [[], 0, false];
    const fits = () => this.#used + width <= this.#width;
    if (group[0]?.isSpace) return this.#placeSpaces(group);
    if (!fits() && this.#line.some((atom) => !atom.isSpace)) this.#end();
    const place = fits() ? (atom: Atom) => this.#place(atom) : (atom: Atom) => this.#force(atom);
    for (const atom of group) place(atom);
  }

  /** Only what begins a paragraph keeps its spaces; those beyond a line are none. */
  #placeSpaces(spaces: readonly Atom[]): void {
    if (this.#line.length === 0 && this.#lines.length > 0) return;
    for (const space of spaces) if (this.#used <= this.#width) this.#place(space);
  }

  #force(atom: Atom): void {
    const parts = atom.word && atom.width > this.#width ? partsOf(atom, atom.word) : [atom];
    for (const part of parts) {
      if (this.#line.length > 0 && this.#used + part.width > this.#width) this.#end();
      this.#place(part);
    }
  }

  #kept(space: Atom): Word {
    if (this.#maker.base & 1 && space.word) return keptSpace(space.word, "\u00a0\u061c");
    // So that pdf.js, to which these marks are letters, puts what stands on each side in order by itself.
    return keptSpace(this.#maker.latinSpace(space), "\u200e \u200f");
  }

  #place(atom: Atom): void {
    this.#line.push(atom);
    this.#used += atom.width;
    this.#length += Math.max(1, atom.text.length);
    // What has no width would never end it.
    if (this.#length > MOST_ON_LINE) this.#end();
  }

  #end(): void {
    const line = this.#line;
    while (line.length > 1 && line.at(-1)?.isSpace) line.pop();
    const width = line.reduce((sum, atom) => sum + atom.width, 0);
    const { base } = this.#maker;
    const free = Math.max(0, this.#width - width);
    const indent = this.#align === "center" ? free / 2 : base & 1 ? free : 0;
    const placed = reorder(line, base, (space) => this.#kept(space));
    this.#lines.push({
      placed: this.#isLong ? joinPlaced(placed) : placed,
      indent,
      width,
      ...(base & 1 ? { leftward: true } : {}),
    });
    [this.#line, this.#used, this.#length] = [[], 0, 0];
  }
}

const partsOf = (atom: Atom, whole: Word): Atom[] =>
  partWord(whole, (atom.level & 1) === 1).map((word) => {
    const text = word.segments.flatMap(({ units }) => units.map((unit) => unit.text)).join("");
    return { ...atom, text, word, width: (word.width * atom.style.size) / 1000 };
  });
