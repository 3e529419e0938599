import LineBreaker from "linebreak";

/** Written without spaces; where a word ends is found by dictionary, which UAX 14 leaves to others. */
const SPACELESS = /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
/** Text without a place to break. */
const SOLID = /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\d.,;:'"]*$/u;
const MOST_KNOWN = 20_000;
const LONGEST_KNOWN = 40;

const words = new Intl.Segmenter("th", { granularity: "word" });
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const known = new Map<string, readonly string[]>();

/** Parts a text without spaces where a line may end (UAX 14; for Thai, Lao, Khmer and Burmese, between words). */
export function breakText(text: string): readonly string[] {
  if (SOLID.test(text)) return [text];
  const found = known.get(text);
  if (found) return found;
  const pieces = split(text).flatMap((piece) => (SPACELESS.test(piece) ? splitWords(piece) : [piece]));
  if (text.length <= LONGEST_KNOWN) {
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(text, pieces);
  }
  return pieces;
}

/** What a reader takes for single characters: where a line may end when there is no better place. */
export const graphemesOf = (text: string): string[] => Array.from(graphemes.segment(text), ({ segment }) => segment);

function split(text: string): string[] {
  const breaker = new LineBreaker(text);
  const pieces: string[] = [];
  let start = 0;
  for (let next = breaker.nextBreak(); next; next = breaker.nextBreak()) {
    if (next.position > start) pieces.push(text.slice(start, next.position));
    start = next.position;
  }
  return pieces;
}

function splitWords(text: string): string[] {
  const pieces: string[] = [];
  for (const { segment, isWordLike } of words.segment(text)) {
    // Punctuation stays with the word before it.
    if (isWordLike || pieces.length === 0) pieces.push(segment);
    else pieces[pieces.length - 1] += segment;
  }
  return pieces;
}
