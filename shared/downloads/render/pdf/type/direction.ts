import bidiFactory, { type Bidi } from "bidi-js";

/** A text without these runs to the right. */
export const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1eeff}]/u;
/** Its types speak of an ES module; what is published is CommonJS. */
export const bidi = (bidiFactory as unknown as () => Bidi)();

/** UTF-16 code units whose levels are found at once: of much that is hostile the library takes the square of the time. */
const AT_ONCE = 2_000;
/** As much on either side says in which direction stops and spaces run. */
const AROUND = 500;

export interface Direction {
  /** Of each UTF-16 code unit by UAX 9: odd where it runs to the left. */
  readonly levels: Uint8Array;
  /** Of the paragraph. */
  readonly base: number;
}

/** In which direction a paragraph runs: by its first letter, or to the left. What opens in one that is longer than any that people write, and ends far from there,
 * counts for nothing there. */
export function directionOf(text: string, isLeftward = false): Direction {
  const first = bidi.getEmbeddingLevels(text.slice(0, AT_ONCE + AROUND), isLeftward ? "rtl" : "auto");
  const base = first.paragraphs[0]?.level ?? 0;
  const levels = new Uint8Array(text.length);
  levels.set(first.levels.subarray(0, text.length));
  for (let from = AT_ONCE; from < text.length; from += AT_ONCE) {
    const part = text.slice(from - AROUND, from + AT_ONCE + AROUND);
    const found = bidi.getEmbeddingLevels(part, base & 1 ? "rtl" : "ltr").levels;
    levels.set(found.subarray(AROUND), from);
  }
  return { levels, base };
}
