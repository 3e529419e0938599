import { graphemesOf } from "./break-text.ts";
import type { FontFace } from "./font-face.ts";
import type { Unit } from "./units.ts";
import type { Word } from "./shaper.ts";
import type { Placed } from "./text-line.ts";

/** A word in the order of reading, parted wherever a line may end when there is no better place. Each part keeps the shapes that
 * its letters have within the word, so that what is joined looks joined. */
export function partWord(word: Word, rightToLeft: boolean): Word[] {
  const drawn = word.segments.flatMap(({ face, units }) => units.map((unit) => ({ face, unit })));
  if (rightToLeft) drawn.reverse();
  const ends = new Set<number>();
  let length = 0;
  for (const grapheme of graphemesOf(drawn.map(({ unit }) => unit.text).join("")))
    ends.add((length += grapheme.length));
  const parts: Word[] = [];
  let [from, read] = [0, 0];
  for (const [at, { unit }] of drawn.entries()) {
    read += unit.text.length;
    const next = drawn[at + 1]?.unit;
    if (next && (!ends.has(read) || next.text === "" || isInkless(unit))) continue;
    const part = drawn.slice(from, at + 1);
    parts.push(wordOf(rightToLeft ? part.reverse() : part));
    from = at + 1;
  }
  return parts;
}

/** Its ink is in the unit behind it. */
const isInkless = ({ glyph }: Unit): boolean => glyph.parts.length === 0;

function wordOf(drawn: readonly { readonly face: FontFace; readonly unit: Unit }[]): Word {
  const width = drawn.reduce((sum, { face, unit }) => sum + (unit.advance * 1000) / face.font.unitsPerEm, 0);
  return { segments: joined(drawn.map(({ face, unit }) => ({ face, units: [unit] }))), width };
}

/** What stands on a line with the words of one style put together: the same to look at, in a fraction of the memory. */
export function joinPlaced(placed: readonly Placed[]): Placed[] {
  const found: Placed[] = [];
  for (let from = 0, to = 0; from < placed.length; from = to) {
    const first = placed[from] as Placed;
    const words: Word[] = [];
    let width = 0;
    for (
      let one = placed[to];
      one && "word" in one && "word" in first && one.style === first.style;
      one = placed[++to]
    ) {
      words.push(one.word);
      width += one.width;
    }
    if ("box" in first || words.length === 1) found.push(first);
    else {
      const word = {
        segments: joined(words.flatMap(({ segments }) => segments)),
        width: words.reduce((sum, word) => sum + word.width, 0),
      };
      found.push({ word, style: first.style, width });
    }
    to = Math.max(to, from + 1);
  }
  return found;
}

function joined(segments: Word["segments"]): Word["segments"] {
  const found: { face: FontFace; units: Unit[] }[] = [];
  for (const { face, units } of segments) {
    const last = found.at(-1);
    if (last?.face === face) last.units.push(...units);
    else found.push({ face, units: [...units] });
  }
  return found;
}
