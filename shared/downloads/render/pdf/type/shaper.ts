import { chooseFonts, type FontRequest } from "./choose-font.ts";
import { ALONE, type Around, type FontFace, type FontFaces, openFontFaces } from "./font-face.ts";
import type { Unit } from "./units.ts";

/** A piece of text ready to be drawn, at any size. */
export interface Word {
  /** From left to right. */
  readonly segments: readonly { readonly face: FontFace; readonly units: readonly Unit[] }[];
  /** Thousandths of the size. */
  readonly width: number;
}

const MOST_WORDS = 20_000;
/** Longer ones do not come again. */
const LONGEST = 40;
/** They steer the order of others and have no look of their own. */
const BIDI_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

let shared: Promise<Shaper> | undefined;

/** One for the life of the process, whatever number of file sets is rendered at once. */
export const openShaper = (): Promise<Shaper> => (shared ??= openFontFaces().then((faces) => new Shaper(faces)));

/** Shapes words, and remembers them: most of what people write is the same few thousand words. */
export class Shaper {
  readonly #faces: FontFaces;
  readonly #known = Array.from({ length: KINDS }, () => new Map<string, Word>());
  #count = 0;

  constructor(faces: FontFaces) {
    this.#faces = faces;
  }

  word(text: string, request: FontRequest, rightToLeft: boolean, around = ALONE): Word {
    if (around.before !== "" || around.after !== "") return this.#shape(text, request, rightToLeft, around);
    const words = this.#known[kindOf(request, rightToLeft)] as Map<string, Word>;
    const known = words.get(text);
    if (known) return known;
    const word = this.#shape(text, request, rightToLeft, around);
    if (text.length > LONGEST) return word;
    if (++this.#count > MOST_WORDS) {
      for (const one of this.#known) one.clear();
      this.#count = 0;
    }
    words.set(text, word);
    return word;
  }

  #shape(text: string, request: FontRequest, rightToLeft: boolean, { before, after }: Around): Word {
    const parts = chooseFonts(this.#faces, text.replace(BIDI_CONTROLS, ""), request);
    const segments = parts.map(({ face, text: part }, at) => {
      const around = { before: at === 0 ? before : "", after: at === parts.length - 1 ? after : "" };
      return { face, units: face.shape(part, rightToLeft, around) };
    });
    if (rightToLeft) segments.reverse();
    let width = 0;
    for (const { face, units } of segments) {
      const scale = 1000 / face.font.unitsPerEm;
      for (const { advance } of units) width += advance * scale;
    }
    return { segments, width };
  }
}

const KINDS = 72;
const HAN = { sc: 0, jp: 1, kr: 2 } as const;

const LEFTWARD = { none: 0, "noto-sans-hebrew": 1, vazirmatn: 2 } as const;

const kindOf = ({ bold, mono, han, leftward }: FontRequest, rightToLeft: boolean): number =>
  LEFTWARD[leftward ?? "none"] * 24 + HAN[han] * 8 + (bold ? 4 : 0) + (mono ? 2 : 0) + (rightToLeft ? 1 : 0);
