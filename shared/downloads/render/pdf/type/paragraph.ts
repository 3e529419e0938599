import { type Atom, AtomMaker } from "./atoms.ts";
import { graphemesOf } from "./break-text.ts";
import { keptSpace, reorder } from "./reorder.ts";
import type { Shaper, Word } from "./shaper.ts";
import type { Inline, TextLine } from "./text-line.ts";

export type Alignment = "start" | "center";

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

class Setter {
  readonly #inlines: readonly Inline[];
  readonly #maker: AtomMaker;
  readonly #width: number;
  readonly #align: Alignment;
  readonly #lines: TextLine[] = [];
  #line: Atom[] = [];
  #used = 0;

  constructor(shaper: Shaper, inlines: readonly Inline[], { width, align }: { width: number; align: Alignment }) {
    this.#inlines = inlines;
    this.#maker = new AtomMaker(shaper, inlines);
    this.#width = width;
    this.#align = align;
  }

  set(): TextLine[] {
    const atoms = this.#maker.atoms(this.#inlines);
    for (let at = 0; at < atoms.length; ) {
      let end = at + 1;
      while (atoms[end]?.glued) end++;
      this.#add(end === at + 1 ? [atoms[at] as Atom] : atoms.slice(at, end));
      at = end;
    }
    this.#end();
    return this.#lines;
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
      atom.width > this.#width
        ? graphemesOf(atom.text).map((text) => this.#maker.atom(text, atom.style, atom))
        : [atom];
    for (const part of parts) {
      if (this.#line.length > 0 && this.#used + part.width > this.#width) this.#end();
      this.#place([part], part.width);
    }
  }

  #kept(space: Atom): Word {
    if (this.#maker.base & 1 && space.word) return keptSpace(space.word, "\u00a0\u061c");
    // So that pdf.js, to which these marks are letters, puts what stands on each side in order by itself.
    return keptSpace(this.#maker.latinSpace(space), "\u200e \u200f");
  }

  #place(group: readonly Atom[], width: number): void {
    for (const atom of group) this.#line.push(atom);
    this.#used += width;
  }

  #end(): void {
    const line = this.#line;
    while (line.length > 1 && line.at(-1)?.isSpace) line.pop();
    const width = line.reduce((sum, atom) => sum + atom.width, 0);
    const { base } = this.#maker;
    const free = Math.max(0, this.#width - width);
    const indent = this.#align === "center" ? free / 2 : base & 1 ? free : 0;
    const placed = reorder(line, base, (space) => this.#kept(space));
    this.#lines.push({ placed, indent, width, ...(base & 1 ? { leftward: true } : {}) });
    this.#line = [];
    this.#used = 0;
  }
}
