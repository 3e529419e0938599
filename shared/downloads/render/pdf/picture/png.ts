import { inflateSync } from "node:zlib";
import { PNG } from "pngjs";

/* Source: W3C, Portable Network Graphics, second edition. */

export interface Png {
  readonly width: number;
  readonly height: number;
}

/** Rows as PNG packs them, for a PDF to unpack. */
export interface PackedPng extends Png {
  readonly packed: Buffer;
  readonly bits: number;
  readonly colors: 1 | 3;
  /** Colours by number: red, green and blue of each. */
  readonly palette?: Buffer;
}

/** Pixels: three bytes of colour each, and one of opacity unless all are opaque. */
export interface OpenPng extends Png {
  readonly colors: Buffer;
  readonly opacity?: Buffer;
}

const SIGNATURE = "89504e470d0a1a0a";
/** 256 colours. */
const MOST_PALETTE = 768;
/** By the type of colour: how many numbers a pixel has, and of how many bits these may be. */
const KINDS: Readonly<Record<number, { readonly channels: number; readonly depths: readonly number[] }>> = {
  0: { channels: 1, depths: [1, 2, 4, 8, 16] },
  2: { channels: 3, depths: [8, 16] },
  3: { channels: 1, depths: [1, 2, 4, 8] },
  4: { channels: 2, depths: [8, 16] },
  6: { channels: 4, depths: [8, 16] },
};
/** Ways to pack a row, from 0. */
const LAST_FILTER = 4;

/** The size that a PNG says it has; undefined for what is none. */
export function pngSize(bytes: Buffer): Png | undefined {
  if (bytes.length < 33 || bytes.toString("hex", 0, 8) !== SIGNATURE || bytes.toString("latin1", 12, 16) !== "IHDR") {
    return undefined;
  }
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  return width > 0 && height > 0 ? { width, height } : undefined;
}

/** What it takes in a PDF at the most, which has neither opacity among its colours nor interlacing: such pixels are packed anew. */
export function mostPngBytes(bytes: Buffer, { width, height }: Png): number {
  return isRepacked(bytes, chunksOf(bytes)) ? Math.ceil(4.02 * width * height) : bytes.length;
}

/** Reads a PNG whose size was found acceptable; undefined when it is damaged, unpacks to more than it says, or has depths, colours or
 * packed rows that PNG does not know, and PDF neither. */
export function readPng(bytes: Buffer, size: Png): PackedPng | OpenPng | undefined {
  const [bits = 0, type = 0] = [bytes[24], bytes[25]];
  const interlaced = bytes[28] !== 0;
  const kind = KINDS[type];
  if (!kind?.depths.includes(bits)) return undefined;
  try {
    const chunks = chunksOf(bytes);
    const data = Buffer.concat(chunks.filter(({ name }) => name === "IDAT").map((chunk) => chunk.data));
    const row = 1 + Math.ceil((size.width * kind.channels * bits) / 8);
    const expected = size.height * row;
    // Interlacing adds a filter byte for each row of its seven passes.
    const unpacked = inflateSync(data, { maxOutputLength: expected + (interlaced ? 4 * size.height + 64 : 0) + 64 });
    if (unpacked.length < expected) return undefined;
    const palette = chunks.find(({ name }) => name === "PLTE")?.data;
    if (isRepacked(bytes, chunks)) return open(bytes, size);
    for (let at = 0; at < expected; at += row) if ((unpacked[at] ?? 0) > LAST_FILTER) return undefined;
    if (type === 3) return isPalette(palette) ? { ...size, packed: data, bits, colors: 1, palette } : undefined;
    return { ...size, packed: data, bits, colors: type === 0 ? 1 : 3 };
  } catch {
    // Whatever is wrong with it, the file is in the zip as it is.
    return undefined;
  }
}

function isRepacked(bytes: Buffer, chunks: readonly Chunk[]): boolean {
  return bytes[25] === 4 || bytes[25] === 6 || bytes[28] !== 0 || chunks.some(({ name }) => name === "tRNS");
}

const isPalette = (colors: Buffer | undefined): colors is Buffer =>
  colors !== undefined && colors.length > 0 && colors.length <= MOST_PALETTE && colors.length % 3 === 0;

interface Chunk {
  readonly name: string;
  readonly data: Buffer;
}

function chunksOf(bytes: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const name = bytes.toString("latin1", at + 4, at + 8);
    if (name === "IEND") break;
    chunks.push({ name, data: bytes.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

function open(bytes: Buffer, size: Png): OpenPng {
  const { data } = PNG.sync.read(bytes);
  const pixels = size.width * size.height;
  const [colors, opacity] = [Buffer.alloc(3 * pixels), Buffer.alloc(pixels)];
  let isOpaque = true;
  for (let i = 0; i < pixels; i++) {
    colors[3 * i] = data[4 * i] ?? 0;
    colors[3 * i + 1] = data[4 * i + 1] ?? 0;
    colors[3 * i + 2] = data[4 * i + 2] ?? 0;
    const alpha = data[4 * i + 3] ?? 255;
    opacity[i] = alpha;
    if (alpha !== 255) isOpaque = false;
  }
  return { ...size, colors, ...(isOpaque ? {} : { opacity }) };
}
