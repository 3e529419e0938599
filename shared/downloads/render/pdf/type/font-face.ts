import { openSync, readFileSync } from "node:fs";
import type * as HarfBuzzModule from "harfbuzzjs";
import { FONT_PACKAGES, type FontName, fontPath, hasBold } from "./font-files.ts";
import { TrueType, withoutOutlines } from "./true-type.ts";
import type { SubsetGlyph } from "./write-true-type.ts";

type HarfBuzz = typeof HarfBuzzModule;
type HbFont = HarfBuzzModule.Font;
type HbBuffer = HarfBuzzModule.Buffer;

/** What is drawn at once and stands for a text: one glyph, or several that shaping put together. In font units. */
export interface Unit {
  readonly text: string;
  readonly glyph: SubsetGlyph;
  /** How far the pen moves: the glyph's own advance, but for kerning. */
  readonly advance: number;
}

/** The letters beside a text, which those at its ends join. */
export interface Around {
  readonly before: string;
  readonly after: string;
}

export const ALONE: Around = { before: "", after: "" };

/** A font that shapes text. */
export interface FontFace {
  readonly key: string;
  readonly font: TrueType;
  /** No bold file exists: strokes are thickened. */
  readonly thicken: boolean;
  covers(codePoint: number): boolean;
  /** In the order of drawing, from left to right. Each code point stands in one unit's text, so that whoever reads the page from
   * left to right, and turns what runs to the left, finds the text again. */
  shape(text: string, rightToLeft: boolean, around?: Around): Unit[];
}

/** Opens fonts, each once for the life of the process. */
export interface FontFaces {
  face(name: FontName, bold: boolean): FontFace;
}

/** UTF-16 code units: Poppler cuts a line of ToUnicode at 255 characters, and drops what it then cannot read. Source: its
 * CharCodeToUnicode.cc, `parseCMap1`. */
const LONGEST_TEXT = 60;
/** Glyphs that are drawn at once: a file of a font counts what a composite one is made of in 16 bits. */
const MOST_PARTS = 64;
/** Of one font: more than any has glyphs. */
const MOST_UNITS = 32_000;

let opened: Promise<FontFaces> | undefined;

export const openFontFaces = (): Promise<FontFaces> => (opened ??= load());

async function load(): Promise<FontFaces> {
  const harfBuzz = await import("harfbuzzjs");
  const faces = new Map<string, HarfBuzzFace>();
  const face = (name: FontName, bold: boolean): HarfBuzzFace => {
    const own = bold && hasBold(name);
    const key = `${name}${own ? " bold" : bold ? " thick" : ""}`;
    const known = faces.get(key);
    if (known) return known;
    const made = bold && !own ? face(name, false).thickened(key) : HarfBuzzFace.open(harfBuzz, key, name, own);
    faces.set(key, made);
    return made;
  };
  return { face };
}

class HarfBuzzFace implements FontFace {
  readonly key: string;
  readonly thicken: boolean;
  readonly font: TrueType;
  readonly #harfBuzz: HarfBuzz;
  readonly #shaper: HbFont;
  readonly #buffer: HbBuffer;
  readonly #covered: ReadonlySet<number>;
  readonly #units: Map<string, Unit>;

  private constructor(from: HarfBuzzFace | HarfBuzzParts, key: string, thicken: boolean) {
    const parts = from instanceof HarfBuzzFace ? from.#parts : from;
    this.key = key;
    this.thicken = thicken;
    this.font = parts.font;
    this.#harfBuzz = parts.harfBuzz;
    this.#shaper = parts.shaper;
    this.#buffer = parts.buffer;
    this.#covered = parts.covered;
    this.#units = parts.units;
  }

  static open(harfBuzz: HarfBuzz, key: string, name: FontName, bold: boolean): HarfBuzzFace {
    const path = fontPath(name, bold);
    const bytes = readFileSync(path);
    const face = new harfBuzz.Face(new harfBuzz.Blob(withoutOutlines(bytes)));
    // Open as long as the process lives.
    const font = new TrueType(bytes, `${FONT_PACKAGES[name]}-${bold ? "Bold" : "Regular"}`, openSync(path, "r"));
    const covered = new Set(face.collectUnicodes());
    const parts = {
      harfBuzz,
      font,
      shaper: new harfBuzz.Font(face),
      buffer: new harfBuzz.Buffer(),
      covered,
      units: new Map(),
    };
    return new HarfBuzzFace(parts, key, false);
  }

  get #parts(): HarfBuzzParts {
    const [harfBuzz, shaper, buffer] = [this.#harfBuzz, this.#shaper, this.#buffer];
    return { harfBuzz, font: this.font, shaper, buffer, covered: this.#covered, units: this.#units };
  }

  thickened(key: string): HarfBuzzFace {
    return new HarfBuzzFace(this, key, true);
  }

  covers(codePoint: number): boolean {
    return this.#covered.has(codePoint);
  }

  shape(text: string, rightToLeft: boolean, { before, after } = ALONE): Unit[] {
    const buffer = this.#buffer;
    buffer.clearContents();
    buffer.addText(`${before}${text}${after}`, before.length, text.length);
    // Otherwise the language is that of the machine.
    buffer.setLanguage("en");
    buffer.guessSegmentProperties();
    const { LTR, RTL } = this.#harfBuzz.Direction;
    buffer.setDirection(rightToLeft ? RTL : LTR);
    this.#harfBuzz.shape(this.#shaper, buffer);
    const [infos, positions] = [buffer.getGlyphInfos(), buffer.getGlyphPositions()];
    const clusters = new Map<number, Placed[]>();
    infos.forEach(({ codepoint: glyph, cluster: from }, at) => {
      const cluster = from - before.length;
      const { xAdvance = 0, xOffset = 0, yOffset = 0 } = positions[at] ?? {};
      const placed = clusters.get(cluster);
      const one = { glyph, xAdvance, xOffset, yOffset };
      if (placed) placed.push(one);
      else clusters.set(cluster, [one]);
    });
    const starts = [...clusters.keys()].sort((a, b) => a - b);
    const ends = new Map(starts.map((start, at) => [start, starts[at + 1] ?? text.length]));
    const units: Unit[] = [];
    for (const [start, placed] of clusters) {
      const part = text.slice(start, ends.get(start));
      for (const unit of rightToLeft ? this.#spread(part, placed) : this.#cut(part, placed)) units.push(unit);
    }
    return units;
  }

  /** One unit, or several behind each other where the text or the ink is more than one may have. */
  #cut(text: string, placed: readonly Placed[]): Unit[] {
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
      const advance = this.font.advance(glyph);
      return { text, glyph: { parts: [{ glyph, dx: 0, dy: 0 }], advance }, advance: xAdvance };
    });
  }

  /** Words share them: most of what a word takes in memory. */
  #shared(key: string, make: () => Unit): Unit {
    const known = this.#units.get(key);
    if (known) return known;
    const unit = make();
    if (this.#units.size >= MOST_UNITS) this.#units.clear();
    this.#units.set(key, unit);
    return unit;
  }

  /** One unit per code point, the last first, since readers turn units around and not what is inside: the first holds the ink. */
  #spread(text: string, placed: readonly Placed[]): Unit[] {
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

interface HarfBuzzParts {
  readonly harfBuzz: HarfBuzz;
  readonly font: TrueType;
  readonly shaper: HbFont;
  readonly buffer: HbBuffer;
  readonly covered: ReadonlySet<number>;
  readonly units: Map<string, Unit>;
}

interface Placed {
  readonly glyph: number;
  readonly xAdvance: number;
  readonly xOffset: number;
  readonly yOffset: number;
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
