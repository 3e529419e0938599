import type { FontFace, FontFaces } from "./font-face.ts";
import type { FontName } from "./font-files.ts";

/** In whose shapes the characters are drawn that Chinese, Japanese and Korean share. */
export type Han = "sc" | "jp" | "kr";

/** By what else stands in the text: kana is Japanese, Hangul Korean. */
export function hanOf(text: string): Han {
  if (/[\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f]/.test(text)) return "jp";
  return /[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]/.test(text) ? "kr" : "sc";
}

/** Whose font draws what runs to the left, and what stands within it. */
export type Leftward = "noto-sans-hebrew" | "vazirmatn";

/** By the first letter that runs to the left. */
export function leftwardOf(text: string): Leftward | undefined {
  const letter = /[\p{Script=Hebrew}\p{Script=Arabic}]/u.exec(text)?.[0];
  if (letter === undefined) return undefined;
  return /\p{Script=Hebrew}/u.test(letter) ? "noto-sans-hebrew" : "vazirmatn";
}

/** Scripts that the font of Latin, Greek and Cyrillic does not hold; the first that covers a character draws it. */
const BY_SCRIPT: readonly (readonly [RegExp, readonly FontName[]])[] = [
  [/[\p{scx=Arabic}\p{Script=Thaana}]/u, ["vazirmatn", "noto-sans-arabic"]],
  [/\p{scx=Hebrew}/u, ["noto-sans-hebrew"]],
  [/\p{scx=Devanagari}/u, ["noto-sans-devanagari"]],
  [/\p{scx=Bengali}/u, ["noto-sans-bengali"]],
  [/\p{scx=Gurmukhi}/u, ["noto-sans-gurmukhi"]],
  [/\p{scx=Gujarati}/u, ["noto-sans-gujarati"]],
  [/\p{scx=Oriya}/u, ["noto-sans-oriya"]],
  [/\p{scx=Tamil}/u, ["noto-sans-tamil"]],
  [/\p{scx=Telugu}/u, ["noto-sans-telugu"]],
  [/\p{scx=Kannada}/u, ["noto-sans-kannada"]],
  [/\p{scx=Malayalam}/u, ["noto-sans-malayalam"]],
  [/\p{scx=Sinhala}/u, ["noto-sans-sinhala"]],
  [/\p{scx=Thai}/u, ["noto-sans-thai"]],
  [/\p{scx=Lao}/u, ["noto-sans-lao"]],
  [/\p{scx=Khmer}/u, ["noto-sans-khmer"]],
  [/\p{scx=Myanmar}/u, ["noto-sans-myanmar"]],
  [/\p{scx=Armenian}/u, ["noto-sans-armenian"]],
  [/\p{scx=Georgian}/u, ["noto-sans-georgian"]],
  [/\p{scx=Ethiopic}/u, ["noto-sans-ethiopic"]],
];
const CJK = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Bopomofo}\u3000-\u303f\uff00-\uffef]/u;
const EMOJI = /[\p{Emoji_Presentation}\u{fe0f}\u{20e3}]/u;
const SYMBOLS: readonly FontName[] = ["noto-sans-symbols", "noto-sans-symbols-2", "noto-sans-math", "noto-emoji"];

/** What is invisible needs no glyph of its own. */
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/u;
/** What the first font draws without a look at each character. */
const PLAIN = /^[\u0020-\u02af\u0370-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u0482\u048a-\u052f]*$/;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

export interface FontRequest {
  readonly bold: boolean;
  readonly mono: boolean;
  readonly han: Han;
  /** Draws all that it has of a text within a line that runs to the left: spaces, digits and stops in another font would part
   * the line for readers that put letters in order font by font. */
  readonly leftward?: Leftward | undefined;
}

/** Parts a text by the fonts that draw it, in its order. Never within what a reader takes for one character. */
export function chooseFonts(
  faces: FontFaces,
  text: string,
  { bold, mono, han, leftward }: FontRequest,
): { face: FontFace; text: string }[] {
  const first = faces.face(mono ? "noto-sans-mono" : (leftward ?? "noto-sans"), bold);
  if (leftward === undefined && PLAIN.test(text)) return [{ face: first, text }];
  const found: { face: FontFace; text: string }[] = [];
  for (const { segment } of graphemes.segment(text)) {
    const face = faceOf(faces, segment, { first, bold, han });
    const last = found.at(-1);
    if (last?.face === face) last.text += segment;
    else found.push({ face, text: segment });
  }
  return found;
}

function faceOf(
  faces: FontFaces,
  grapheme: string,
  { first, bold, han }: { first: FontFace; bold: boolean; han: Han },
): FontFace {
  const emoji = EMOJI.test(grapheme) && !grapheme.includes("\ufe0e");
  const points = [...grapheme].filter((point) => !IGNORABLE.test(point)).map((point) => point.codePointAt(0) ?? 0);
  if (!emoji && coversAll(first, points)) return first;
  const wanted = wantedFor(grapheme, emoji, han);
  for (const name of wanted) {
    const face = faces.face(name, bold);
    if (coversAll(face, points)) return face;
  }
  // A base that has no such mark still shows as itself.
  for (const name of wanted) {
    const face = faces.face(name, bold);
    if (coversAll(face, points.slice(0, 1))) return face;
  }
  return first;
}

const coversAll = (face: FontFace, points: readonly number[]): boolean => points.every((point) => face.covers(point));

function wantedFor(grapheme: string, emoji: boolean, han: Han): readonly FontName[] {
  if (emoji) return ["noto-emoji", ...SYMBOLS];
  const cjk: readonly FontName[] = [`noto-sans-${han}`, "noto-sans-sc", "noto-sans-jp", "noto-sans-kr"];
  if (CJK.test(grapheme)) return [...cjk, ...SYMBOLS];
  const script = BY_SCRIPT.find(([pattern]) => pattern.test(grapheme))?.[1] ?? [];
  return [...script, "noto-sans", ...SYMBOLS, ...cjk];
}
