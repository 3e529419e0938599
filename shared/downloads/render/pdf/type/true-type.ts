import { readSync } from "node:fs";

/* Reading of TrueType fonts. Source: OpenType specification 1.9, tables head, hhea, hmtx, maxp, loca, glyf, OS/2. */

export interface Component {
  readonly glyph: number;
  /** Where its number stands in the record. */
  readonly at: number;
}

const ARGS_ARE_WORDS = 0x0001;
const HAS_SCALE = 0x0008;
const MORE_COMPONENTS = 0x0020;
const HAS_XY_SCALE = 0x0040;
const HAS_TWO_BY_TWO = 0x0080;
const HAS_INSTRUCTIONS = 0x0100;

const KEPT: ReadonlySet<string> = new Set(["head", "hhea", "hmtx", "loca", "maxp"]);

function readFrom(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, length === 0 ? 0 : readSync(file, bytes, 0, length, position));
}

/** A font's outlines and metrics, in font units. Hinting is left out: viewers of PDF do without, and it is a third of a font. */
export class TrueType {
  readonly unitsPerEm: number;
  readonly ascent: number;
  readonly descent: number;
  readonly box: readonly [number, number, number, number];
  readonly postScriptName: string;
  readonly #tables = new Map<string, Buffer>();
  readonly #longOffsets: boolean;
  readonly #metrics: number;
  readonly #glyf: (start: number, end: number) => Buffer;

  /** With the open file that the bytes came from, outlines are read from there when they are wanted: they are nearly all of a
   * font, and a document needs few. */
  constructor(bytes: Buffer, postScriptName: string, file?: number) {
    this.postScriptName = postScriptName;
    let outlines = 0;
    for (let i = 0; i < bytes.readUInt16BE(4); i++) {
      const record = 12 + 16 * i;
      const [offset, length] = [bytes.readUInt32BE(record + 8), bytes.readUInt32BE(record + 12)];
      const tag = bytes.toString("latin1", record, record + 4);
      const table = bytes.subarray(offset, offset + length);
      if (tag === "glyf") outlines = offset;
      if (file === undefined) this.#tables.set(tag, table);
      else if (KEPT.has(tag)) this.#tables.set(tag, Buffer.from(table));
    }
    this.#glyf =
      file === undefined
        ? (start, end) => this.table("glyf").subarray(start, end)
        : (start, end) => readFrom(file, outlines + start, end - start);
    const [head, hhea] = [this.table("head"), this.table("hhea")];
    this.unitsPerEm = head.readUInt16BE(18);
    this.box = [head.readInt16BE(36), head.readInt16BE(38), head.readInt16BE(40), head.readInt16BE(42)];
    this.#longOffsets = head.readInt16BE(50) === 1;
    this.ascent = hhea.readInt16BE(4);
    this.descent = hhea.readInt16BE(6);
    this.#metrics = hhea.readUInt16BE(34);
  }

  table(tag: string): Buffer {
    const found = this.#tables.get(tag);
    if (!found) throw new Error(`The font has no table ${tag}`);
    return found;
  }

  advance(glyph: number): number {
    return this.table("hmtx").readUInt16BE(4 * Math.min(glyph, this.#metrics - 1));
  }

  /** Its outline without instructions; empty for a glyph without ink. */
  outline(glyph: number): Buffer {
    const loca = this.table("loca");
    const offset = (at: number) => (this.#longOffsets ? loca.readUInt32BE(4 * at) : 2 * loca.readUInt16BE(2 * at));
    const data = this.#glyf(offset(glyph), offset(glyph + 1));
    if (data.length < 10) return Buffer.alloc(0);
    return data.readInt16BE(0) < 0 ? compositeOf(data) : simpleOf(data, data.readInt16BE(0));
  }
}

/** The font for those who set text and draw nothing. */
export function withoutOutlines(bytes: Buffer): Buffer {
  const tables: Buffer[] = [];
  const count = bytes.readUInt16BE(4);
  const directory = Buffer.from(bytes.subarray(0, 12 + 16 * count));
  let at = directory.length;
  for (let record = 12; record < 12 + 16 * count; record += 16) {
    const isOutline = /^(glyf|loca)$/.test(bytes.toString("latin1", record, record + 4));
    const [offset, length] = [bytes.readUInt32BE(record + 8), isOutline ? 0 : bytes.readUInt32BE(record + 12)];
    directory.writeUInt32BE(at, record + 8);
    directory.writeUInt32BE(length, record + 12);
    const data = Buffer.alloc(length + (-length & 3));
    bytes.copy(data, 0, offset, offset + length);
    tables.push(data);
    at += data.length;
  }
  return Buffer.concat([directory, ...tables]);
}

function simpleOf(data: Buffer, contours: number): Buffer {
  const length = 10 + 2 * contours;
  const instructions = data.readUInt16BE(length);
  return Buffer.concat([data.subarray(0, length), Buffer.alloc(2), data.subarray(length + 2 + instructions)]);
}

/** The glyphs that a composite outline is made of. */
export function componentsOf(outline: Buffer): Component[] {
  const found: Component[] = [];
  if (outline.length === 0 || outline.readInt16BE(0) >= 0) return found;
  for (let at = 10, flags = MORE_COMPONENTS; flags & MORE_COMPONENTS; at += recordLength(flags)) {
    flags = outline.readUInt16BE(at);
    found.push({ glyph: outline.readUInt16BE(at + 2), at: at + 2 });
  }
  return found;
}

function recordLength(flags: number): number {
  const scale = flags & HAS_SCALE ? 2 : flags & HAS_XY_SCALE ? 4 : flags & HAS_TWO_BY_TWO ? 8 : 0;
  return 4 + (flags & ARGS_ARE_WORDS ? 4 : 2) + scale;
}

function compositeOf(data: Buffer): Buffer {
  const copy = Buffer.from(data);
  let end = 10;
  for (let flags = MORE_COMPONENTS; flags & MORE_COMPONENTS; end += recordLength(flags)) {
    flags = copy.readUInt16BE(end);
    copy.writeUInt16BE(flags & ~HAS_INSTRUCTIONS, end);
  }
  return copy.subarray(0, end);
}
