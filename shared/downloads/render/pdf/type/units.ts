import type { TrueType } from "./true-type.ts";
import type { SubsetGlyph } from "./write-true-type.ts";

/** What is drawn at once and stands for a text: one glyph, or several that shaping put together. In font units. */
export interface Unit {
  readonly text: string;
  readonly glyph: SubsetGlyph;
  /** How far the pen moves: the glyph's own advance, but for kerning. */
  readonly advance: number;
}

/** A glyph where shaping put it, in font units. */
export interface Placed {
  readonly glyph: number;
  readonly xAdvance: number;
  readonly xOffset: number;
  readonly yOffset: number;
}

/** UTF-16 code units: Poppler cuts a line of ToUnicode at 255 characters, and drops what it then cannot read. Source: its
 * CharCodeToUnicode.cc, `parseCMap1`. */
const LONGEST_TEXT = 60;
/** Glyphs that are drawn at once: a file of a font counts what a composite one is made of in 16 bits. */
const MOST_PARTS = 64;
/** Of one font: more than any has glyphs. */
const MOST_UNITS = 32_000;

/** Makes units of a font's glyphs. Words share them: most of what a word takes in memory. */
export class Units {
  readonly #font: TrueType;
  readonly #known = new Map<string, Unit>();

  constructor(font: TrueType) {
    this.#font = font;
  }

  /** One unit, or several behind each other where the text or the ink is more than one may have. */
  inOrder(text: string, placed: readonly Placed[]): Unit[] {
    if (text.length <= LONGEST_TEXT && placed.length <= MOST_PARTS) return [this.#unit(text, placed)];
    const texts = textsOf(text);
    const count = Math.max(texts.length, Math.ceil(placed.length / MOST_PARTS));
    const each = Math.ceil(placed.length / count);
    return Array.from({ length: count }, (_, at) =>
      this.#unit(texts[at] ?? "", placed.slice(at * each, (at + 1) * each)),
    );
  }

  #unit(text: string, placed: readonly Placed[]): Unit {
    const [only] = placed;
    if (placed.length === 1 && only?.xOffset === 0 && only.yOffset === 0) {
      return this.#single(text, only);
    }
    const key = placed.map(({ glyph, xAdvance, xOffset, yOffset }) => [glyph, xAdvance, xOffset, yOffset].join());
    return this.#shared(`${key.join(" ")}: ${text}`, () => {
      const glyph = together(placed);
      return { text, glyph, advance: glyph.advance };
    });
  }

  #single(text: string, { glyph, xAdvance }: Placed): Unit {
    return this.#shared(`${glyph} ${xAdvance} ${text}`, () => {
      const advance = this.#font.advance(glyph);
      return { text, glyph: { parts: [{ glyph, dx: 0, dy: 0 }], advance }, advance: xAdvance };
    });
  }

  #shared(key: string, make: () => Unit): Unit {
    const known = this.#known.get(key);
    if (known) return known;
    const unit = make();
    if (this.#known.size >= MOST_UNITS) this.#known.clear();
    this.#known.set(key, unit);
    return unit;
  }

  /** One unit per code point, the last first, since readers turn units around and not what is inside: the first holds the ink. */
  leftward(text: string, placed: readonly Placed[]): Unit[] {
    const points = [...text].reverse();
    const [first, ...others] = points;
    if (first === undefined || others.length === 0) return [this.#unit(text, placed)];
    if (placed.length > MOST_PARTS) {
      return points.map((point, at) => this.#unit(point, placed.slice(at * MOST_PARTS, (at + 1) * MOST_PARTS)));
    }
    const { parts, advance } = together(placed);
    const share = Math.floor(advance / points.length);
    const width = advance - share * others.length;
    const ink = parts.map(({ glyph, dx, dy }) => [glyph, dx, dy].join()).join(" ");
    return [
      this.#shared(`${ink}; ${width} ${first}`, () => ({
        text: first,
        glyph: { parts, advance: width },
        advance: width,
      })),
      ...others.map((point) =>
        this.#shared(`; ${share} ${point}`, () => ({
          text: point,
          glyph: { parts: [], advance: share },
          advance: share,
        })),
      ),
    ];
  }
}

/** Cut between characters. */
function textsOf(text: string): string[] {
  const texts: string[] = [];
  for (let from = 0; from < text.length; ) {
    const end = from + LONGEST_TEXT;
    const isInside = (text.codePointAt(end - 1) ?? 0) > 0xffff;
    texts.push(text.slice(from, isInside ? end - 1 : end));
    from = isInside ? end - 1 : end;
  }
  return texts;
}

function together(placed: readonly Placed[]): SubsetGlyph {
  let pen = 0;
  const parts = placed.map(({ glyph, xAdvance, xOffset, yOffset }) => {
    const part = { glyph, dx: pen + xOffset, dy: yOffset };
    pen += xAdvance;
    return part;
  });
  return { parts, advance: Math.max(pen, 0) };
}
