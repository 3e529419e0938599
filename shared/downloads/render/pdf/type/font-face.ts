import { openSync, readFileSync } from "node:fs";
import type * as HarfBuzzModule from "harfbuzzjs";
import { FONT_PACKAGES, type FontName, fontPath, hasBold } from "./font-files.ts";
import { TrueType, withoutOutlines } from "./true-type.ts";
import { type Placed, type Unit, Units } from "./units.ts";

type HarfBuzz = typeof HarfBuzzModule;
type HbFont = HarfBuzzModule.Font;
type HbBuffer = HarfBuzzModule.Buffer;

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
  readonly #units: Units;

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
      units: new Units(font),
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
      for (const unit of rightToLeft ? this.#units.leftward(part, placed) : this.#units.inOrder(part, placed))
        units.push(unit);
    }
    return units;
  }
}

interface HarfBuzzParts {
  readonly harfBuzz: HarfBuzz;
  readonly font: TrueType;
  readonly shaper: HbFont;
  readonly buffer: HbBuffer;
  readonly covered: ReadonlySet<number>;
  readonly units: Units;
}
