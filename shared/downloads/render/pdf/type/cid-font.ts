import { PDFHexString, PDFName, type PDFContext, type PDFRef } from "pdf-lib";
import type { PdfFile } from "../file/pdf-file.ts";
import type { FontFace } from "./font-face.ts";
import type { Unit } from "./units.ts";
import type { Word } from "./shaper.ts";
import { type SubsetGlyph, writeTrueType } from "./write-true-type.ts";

/** With the components of composite glyphs a font must stay below 65,536 glyphs, and no font here has more than 31,000. */
const MOST_CIDS = 30_000;
/** Words whose encoding a document remembers. */
const MOST_WORDS = 5_000;
/** Glyphs; longer ones do not come again. */
const LONGEST_WORD = 40;
/** A CMap takes at most 100 lines at a time. */
const BLOCK = 100;

/** A font of one document, with a number (CID) for each pair of a glyph and the text that it stands for, so that every reader finds
 * the text again, whatever shaping made of it. The numbers are those of the glyphs in the embedded subset. */
export class CidFont {
  readonly face: FontFace;
  readonly name: string;
  readonly ref: PDFRef;
  readonly #cids = new Map<string, string>();
  readonly #glyphs: SubsetGlyph[] = [];
  readonly #texts: string[] = [];
  #outlineBytes = 0;

  constructor(face: FontFace, name: string, ref: PDFRef) {
    this.face = face;
    this.name = name;
    this.ref = ref;
  }

  get isFull(): boolean {
    return this.#glyphs.length >= MOST_CIDS;
  }

  /** What it will take in the file, at the most. */
  get bytes(): number {
    return 2_000 + this.#outlineBytes + 80 * this.#glyphs.length;
  }

  /** Elements for the operator TJ, each string without its brackets: `ab` or, kerned, `a)12(b`. One byte for each character. */
  encode(units: readonly Unit[]): string {
    const scale = 1000 / this.face.font.unitsPerEm;
    let shown = "";
    for (const unit of units) {
      shown += this.#cid(unit);
      const kern = unit.glyph.advance - unit.advance;
      if (kern !== 0) shown += `)${Math.round(kern * scale)}(`;
    }
    return shown;
  }

  #cid({ text, glyph }: Unit): string {
    const key = `${glyph.advance} ${glyph.parts.map(({ glyph: one, dx, dy }) => `${one},${dx},${dy}`).join(" ")} ${text}`;
    const known = this.#cids.get(key);
    if (known !== undefined) return known;
    this.#glyphs.push(glyph);
    this.#texts.push(text);
    for (const { glyph: part } of glyph.parts) this.#outlineBytes += 16 + this.face.font.outline(part).length;
    const cid = literal(this.#glyphs.length);
    this.#cids.set(key, cid);
    return cid;
  }

  write(file: PdfFile): void {
    const { context } = file;
    const { font } = this.face;
    const em = (units: number) => Math.round((units * 1000_0) / font.unitsPerEm) / 10;
    const name = `${tagOf(this.name)}+${font.postScriptName}`;
    const program = writeTrueType(font, this.#glyphs);
    const fontFile = file.putStream(program, { Length1: program.length });
    const descriptor = file.put(
      context.obj({
        ...{ Type: "FontDescriptor", FontName: PDFName.of(name), Flags: 4, FontBBox: font.box.map(em), ItalicAngle: 0 },
        ...{ Ascent: em(font.ascent), Descent: em(font.descent), CapHeight: em(font.ascent), StemV: 80 },
        FontFile2: fontFile,
      }),
    );
    const descendant = file.put(
      context.obj({
        ...{ Type: "Font", Subtype: "CIDFontType2", BaseFont: PDFName.of(name), CIDToGIDMap: "Identity" },
        ...{ CIDSystemInfo: systemInfo(context), FontDescriptor: descriptor, DW: 0 },
        W: [1, this.#glyphs.map(({ advance }) => em(advance))],
      }),
    );
    const toUnicode = file.putStream(Buffer.from(cmap(this.#texts), "latin1"));
    const font0 = {
      ...{ Type: "Font", Subtype: "Type0", BaseFont: PDFName.of(name), Encoding: "Identity-H" },
      ...{ DescendantFonts: [descendant], ToUnicode: toUnicode },
    };
    file.put(context.obj(font0), this.ref);
  }
}

/** Two bytes as they stand in a string of PDF: brackets, backslashes and line ends would be taken for something else. */
const literal = (cid: number): string =>
  String.fromCharCode(cid >> 8, cid & 0xff)
    .replace(/[()\\]/g, "\\$&")
    .replace(/\r/g, "\\r");

const systemInfo = (context: PDFContext) =>
  context.obj({
    ...{ Registry: PDFHexString.of(hexOf("Adobe", "latin1")), Ordering: PDFHexString.of(hexOf("Identity", "latin1")) },
    Supplement: 0,
  });

const hexOf = (text: string, encoding: "latin1"): string => Buffer.from(text, encoding).toString("hex");

/** Six capital letters that tell subsets apart. */
const tagOf = (name: string): string =>
  Array.from({ length: 6 }, (_, at) =>
    String.fromCharCode(65 + (Math.floor(Number(name.slice(1)) / 26 ** (5 - at)) % 26)),
  ).join("");

function cmap(texts: readonly string[]): string {
  const lines = texts.map((text, at) => {
    const shown = text.toWellFormed();
    return `<${(at + 1).toString(16).padStart(4, "0")}> <${Buffer.from(shown, "utf16le").swap16().toString("hex")}>`;
  });
  const blocks: string[] = [];
  for (let i = 0; i < lines.length; i += BLOCK) {
    const block = lines.slice(i, i + BLOCK);
    blocks.push(`${block.length} beginbfchar\n${block.join("\n")}\nendbfchar`);
  }
  return `/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <ffff>
endcodespacerange
${blocks.join("\n")}
endcmap
CMapName currentdict /CMap defineresource pop
end
end`;
}

/** A part of a word in a font of the page: elements for the operator TJ. */
interface EncodedText {
  readonly name: string;
  readonly thicken: boolean;
  readonly elements: string;
}

/** The fonts of one document, in the order of first use. */
export class DocumentFonts {
  readonly #file: PdfFile;
  readonly #fonts: CidFont[] = [];
  readonly #open = new Map<string, CidFont>();
  readonly #encoded = new Map<Word, readonly EncodedText[]>();

  constructor(file: PdfFile) {
    this.#file = file;
  }

  get bytes(): number {
    return this.#fonts.reduce((sum, font) => sum + font.bytes, 0);
  }

  /** Once per word, but for long ones. */
  encode(word: Word): readonly EncodedText[] {
    const known = this.#encoded.get(word);
    if (known) return known;
    const encoded = word.segments.map(({ face, units }) => {
      const font = this.#for(face);
      return { name: font.name, thicken: face.thicken, elements: font.encode(units) };
    });
    if (word.segments.some(({ units }) => units.length > LONGEST_WORD)) return encoded;
    if (this.#encoded.size >= MOST_WORDS) this.#encoded.clear();
    this.#encoded.set(word, encoded);
    return encoded;
  }

  #for(face: FontFace): CidFont {
    const open = this.#open.get(face.key);
    if (open && !open.isFull) return open;
    const font = new CidFont(face, `F${this.#fonts.length + 1}`, this.#file.reserve());
    this.#fonts.push(font);
    this.#open.set(face.key, font);
    return font;
  }

  /** Writes them all, and the dictionary that pages name them by. */
  write(dictionary: PDFRef): void {
    for (const font of this.#fonts) font.write(this.#file);
    const refs = Object.fromEntries(this.#fonts.map(({ name, ref }) => [name, ref]));
    this.#file.put(this.#file.context.obj(refs), dictionary);
  }
}
