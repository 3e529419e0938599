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

/** A part of a text without spaces, and the letters before and behind it where no line ends between. */
export interface TextPart {
  readonly text: string;
  readonly before: string;
  readonly after: string;
}

/** UTF-16 code units that are set at once. */
const LONGEST_PART = 1_000;
/** As far as letters join. */
const AROUND = 5;

/** Parts a text of any length in such that are set at once: where a line may end, else between what readers take for single
 * characters, else between characters. */
export const partText = (text: string): Iterable<TextPart> =>
  text.length <= LONGEST_PART ? [{ text, before: "", after: "" }] : longParts(text);

function* longParts(text: string): Generator<TextPart> {
  let before = "";
  for (let from = 0; from < text.length; ) {
    const end = endOfPart(text, from);
    const part = text.slice(from, end);
    // Of the last piece nobody knows whether it ends here.
    const last = end === text.length ? "" : (breakText(part).at(-1) ?? part);
    const to = last.length === part.length ? end : end - last.length;
    const after = to === end ? text.slice(end, end + AROUND) : "";
    yield { text: text.slice(from, to), before, after };
    before = after === "" ? "" : text.slice(to - AROUND, to);
    from = to;
  }
}

function endOfPart(text: string, from: number): number {
  const most = from + LONGEST_PART;
  if (most >= text.length) return text.length;
  const part = text.slice(from, most);
  const last = graphemes.segment(part).containing(part.length - 1)?.index ?? 0;
  if (last > 0) return from + last;
  return (text.codePointAt(most - 1) ?? 0) > 0xffff ? most - 1 : most;
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
