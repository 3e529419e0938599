/* Source: W3C, Portable Network Graphics, second edition. */

/** Of a sample: 0 is grey, 2 red, green and blue, 3 a number in the palette, 4 grey with opacity, 6 colours with opacity. */
export type PngType = 0 | 2 | 3 | 4 | 6;

export interface PngHead {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly type: PngType;
  readonly interlaced: boolean;
}

/** What a PNG says beside its pixels. */
export interface PngColors {
  /** Colours by number: red, green and blue of each. */
  readonly palette?: Buffer;
  /** What is transparent: the opacity of each number, or one colour of 16 bits a sample. */
  readonly transparent?: Buffer;
}

const SIGNATURE = "89504e470d0a1a0a";
const SAMPLES: Readonly<Record<PngType, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const BITS: Readonly<Record<PngType, readonly number[]>> = {
  ...{ 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8] },
  ...{ 4: [8, 16], 6: [8, 16] },
};

const isType = (type: number): type is PngType => type in SAMPLES;

/** What a PNG says that it is; undefined for what is none. */
export function pngHead(bytes: Buffer): PngHead | undefined {
  if (bytes.length < 33 || bytes.toString("hex", 0, 8) !== SIGNATURE || bytes.toString("latin1", 12, 16) !== "IHDR") {
    return undefined;
  }
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  const [bits = 0, type = 1] = [bytes[24], bytes[25]];
  if (width === 0 || height === 0 || !isType(type) || !BITS[type].includes(bits)) return undefined;
  return { width, height, bits, type, interlaced: bytes[28] !== 0 };
}

/** Samples of a pixel. */
export const samplesOf = ({ type }: PngHead): number => SAMPLES[type];

/** Bytes of a row, with the one that says how it is filtered. */
export const rowBytes = (head: PngHead): number => 1 + Math.ceil((head.width * samplesOf(head) * head.bits) / 8);

/** What an interlaced PNG is parted in: the first pixel of each part, and how far the next are. Source: 8.2. */
const PASSES = [
  { left: 0, top: 0, right: 8, down: 8 },
  { left: 4, top: 0, right: 8, down: 8 },
  { left: 0, top: 4, right: 4, down: 8 },
  { left: 2, top: 0, right: 4, down: 4 },
  { left: 0, top: 2, right: 2, down: 4 },
  { left: 1, top: 0, right: 2, down: 2 },
  { left: 0, top: 1, right: 1, down: 2 },
] as const;

/** What its pixels unpack to, in bytes. */
export function unpackedBytes(head: PngHead): number {
  if (!head.interlaced) return head.height * rowBytes(head);
  return PASSES.reduce((sum, { left, top, right, down }) => {
    const width = Math.ceil((head.width - left) / right);
    const height = Math.ceil((head.height - top) / down);
    return width > 0 && height > 0 ? sum + height * rowBytes({ ...head, width }) : sum;
  }, 0);
}

export function pngColors(bytes: Buffer): PngColors {
  const [palette] = chunksOf(bytes, "PLTE");
  const [transparent] = chunksOf(bytes, "tRNS");
  return { ...(palette && { palette }), ...(transparent && { transparent }) };
}

const PIECE = 65_536;

/** What its pixels are packed in, by pieces: its chunks may be millions. */
export function* dataOf(bytes: Buffer): Generator<Buffer> {
  let [piece, filled] = [Buffer.allocUnsafe(PIECE), 0];
  for (const chunk of chunksOf(bytes, "IDAT")) {
    for (let at = 0; at < chunk.length; ) {
      const taken = chunk.copy(piece, filled, at);
      at += taken;
      filled += taken;
      if (filled < PIECE) continue;
      yield piece;
      [piece, filled] = [Buffer.allocUnsafe(PIECE), 0];
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}

/** What its chunks of a name hold, one after another. */
function* chunksOf(bytes: Buffer, name: "PLTE" | "tRNS" | "IDAT"): Generator<Buffer> {
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const found = bytes.toString("latin1", at + 4, at + 8);
    if (found === "IEND") return;
    if (found === name && length > 0) yield bytes.subarray(at + 8, at + 8 + length);
    at += 12 + length;
  }
}
