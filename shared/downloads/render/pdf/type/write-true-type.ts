import { componentsOf, type TrueType } from "./true-type.ts";

/** A glyph of a subset: glyphs of the font, each moved, and the room that they take together. In font units. */
export interface SubsetGlyph {
  readonly parts: readonly { readonly glyph: number; readonly dx: number; readonly dy: number }[];
  readonly advance: number;
}

const COMPOSITE = 0xffff;
/** Arguments are words, are an offset, are rounded to the grid. */
const FLAGS = 0x0001 | 0x0002 | 0x0004;
const MORE = 0x0020;

/** Writes a font of just these glyphs, numbered from 1 in their order; 0 is the font's sign for what is missing. Several parts
 * become one composite glyph, whose components are added behind. */
export function writeTrueType(source: TrueType, glyphs: readonly SubsetGlyph[]): Buffer {
  const subset = new Subset(source);
  subset.add({ parts: [{ glyph: 0, dx: 0, dy: 0 }], advance: source.advance(0) });
  subset.reserve(glyphs.length);
  for (const glyph of glyphs) subset.add(glyph);
  return assemble(source, subset.finish());
}

interface Outlines {
  readonly outlines: readonly Buffer[];
  readonly metrics: Buffer;
  readonly depth: number;
  readonly elements: number;
}

class Subset {
  readonly #source: TrueType;
  readonly #outlines: Buffer[] = [];
  readonly #advances: number[] = [];
  readonly #numbers = new Map<number, number>();
  readonly #components: number[] = [];
  #firstComponent = 0;
  #elements = 0;

  constructor(source: TrueType) {
    this.#source = source;
  }

  reserve(count: number): void {
    this.#firstComponent = count + 1;
  }

  add({ parts, advance }: SubsetGlyph): void {
    const [first] = parts;
    const plain = parts.length === 1 && first?.dx === 0 && first.dy === 0;
    this.#outlines.push(first === undefined ? Buffer.alloc(0) : plain ? this.#copy(first.glyph) : this.#compose(parts));
    this.#advances.push(advance);
  }

  finish(): Outlines {
    // Components name further ones.
    for (let i = 0; i < this.#components.length; i++) {
      const glyph = this.#components[i] ?? 0;
      this.#outlines.push(this.#copy(glyph));
      this.#advances.push(this.#source.advance(glyph));
    }
    const metrics = Buffer.alloc(4 * this.#outlines.length);
    this.#outlines.forEach((outline, at) => {
      metrics.writeUInt16BE(clamp(this.#advances[at] ?? 0, 0, 0xffff), 4 * at);
      metrics.writeInt16BE(outline.length > 0 ? outline.readInt16BE(2) : 0, 4 * at + 2);
    });
    return { outlines: this.#outlines, metrics, depth: 3, elements: Math.max(this.#elements, 16) };
  }

  #copy(glyph: number): Buffer {
    const outline = this.#source.outline(glyph);
    const components = componentsOf(outline);
    this.#elements = Math.max(this.#elements, components.length);
    for (const { glyph: component, at } of components) outline.writeUInt16BE(this.#number(component), at);
    return outline;
  }

  #number(glyph: number): number {
    const known = this.#numbers.get(glyph);
    if (known !== undefined) return known;
    const number = this.#firstComponent + this.#components.push(glyph) - 1;
    this.#numbers.set(glyph, number);
    return number;
  }

  #compose(parts: SubsetGlyph["parts"]): Buffer {
    const inked = parts.filter(({ glyph }) => this.#source.outline(glyph).length > 0);
    if (inked.length === 0) return Buffer.alloc(0);
    this.#elements = Math.max(this.#elements, inked.length);
    const outline = Buffer.alloc(10 + 8 * inked.length);
    outline.writeUInt16BE(COMPOSITE, 0);
    boxOf(this.#source, inked).forEach((edge, at) => outline.writeInt16BE(clamp(edge, -0x8000, 0x7fff), 2 + 2 * at));
    inked.forEach(({ glyph, dx, dy }, at) => {
      const record = 10 + 8 * at;
      outline.writeUInt16BE(at < inked.length - 1 ? FLAGS | MORE : FLAGS, record);
      outline.writeUInt16BE(this.#number(glyph), record + 2);
      outline.writeInt16BE(clamp(dx, -0x8000, 0x7fff), record + 4);
      outline.writeInt16BE(clamp(dy, -0x8000, 0x7fff), record + 6);
    });
    return outline;
  }
}

const clamp = (value: number, least: number, most: number): number =>
  Math.min(Math.max(Math.round(value), least), most);

function boxOf(source: TrueType, parts: SubsetGlyph["parts"]): number[] {
  const box = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { glyph, dx, dy } of parts) {
    const outline = source.outline(glyph);
    box.forEach((edge, at) => {
      const own = outline.readInt16BE(2 + 2 * at) + (at % 2 === 0 ? dx : dy);
      box[at] = at < 2 ? Math.min(edge, own) : Math.max(edge, own);
    });
  }
  return box;
}

function assemble(source: TrueType, { outlines, metrics, depth, elements }: Outlines): Buffer {
  const [head, hhea, maxp] = ["head", "hhea", "maxp"].map((tag) => Buffer.from(source.table(tag))) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  head.writeUInt32BE(0, 8);
  head.writeInt16BE(1, 50);
  hhea.writeUInt16BE(outlines.length, 34);
  maxp.writeUInt16BE(outlines.length, 4);
  // A composite may hold more than any did before: twice the largest simple glyph for each component is ample.
  const [points, contours] = [maxp.readUInt16BE(6), maxp.readUInt16BE(8)];
  maxp.writeUInt16BE(clamp(points * elements, 0, 0xffff), 10);
  maxp.writeUInt16BE(clamp(contours * elements, 0, 0xffff), 12);
  maxp.writeUInt16BE(0, 26);
  maxp.writeUInt16BE(elements, 28);
  maxp.writeUInt16BE(depth + maxp.readUInt16BE(30), 30);
  const loca = Buffer.alloc(4 * (outlines.length + 1));
  const padded: Buffer[] = [];
  let offset = 0;
  outlines.forEach((outline, at) => {
    const pad = -outline.length & 3;
    padded.push(outline, Buffer.alloc(pad));
    offset += outline.length + pad;
    loca.writeUInt32BE(offset, 4 * (at + 1));
  });
  return sfnt({ glyf: Buffer.concat(padded), head, hhea, hmtx: metrics, loca, maxp });
}

/** Tables must come sorted. */
function sfnt(tables: Readonly<Record<string, Buffer>>): Buffer {
  const entries = Object.entries(tables);
  const power = 2 ** Math.floor(Math.log2(entries.length));
  const directory = Buffer.alloc(12 + 16 * entries.length);
  directory.writeUInt32BE(0x00010000, 0);
  [entries.length, 16 * power, Math.log2(power), 16 * (entries.length - power)].forEach((value, at) =>
    directory.writeUInt16BE(value, 4 + 2 * at),
  );
  const chunks: Buffer[] = [directory];
  let offset = directory.length;
  entries.forEach(([tag, data], at) => {
    const record = 12 + 16 * at;
    directory.write(tag, record, "latin1");
    directory.writeUInt32BE(checksum(data), record + 4);
    directory.writeUInt32BE(offset, record + 8);
    directory.writeUInt32BE(data.length, record + 12);
    const pad = -data.length & 3;
    chunks.push(data, Buffer.alloc(pad));
    offset += data.length + pad;
  });
  return Buffer.concat(chunks);
}

function checksum(data: Buffer): number {
  let sum = 0;
  const whole = data.length & ~3;
  for (let i = 0; i < whole; i += 4) sum = (sum + data.readUInt32BE(i)) >>> 0;
  for (let i = whole; i < data.length; i++) sum = (sum + (data[i] ?? 0) * 2 ** (24 - 8 * (i & 3))) >>> 0;
  return sum;
}
