import { crc32, deflateSync } from "node:zlib";
import { PNG } from "pngjs";

/** A PNG of one colour with a diagonal, as wide and high as asked for. */
export function pngOf(
  width: number,
  height: number,
  { alpha = false, colorType = 2 }: { readonly alpha?: boolean; readonly colorType?: 0 | 2 | 4 | 6 } = {},
): Buffer {
  const png = new PNG({ width, height });
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 4 * (y * width + x);
      const isLine = Math.abs(x - y) < 2;
      png.data.set([isLine ? 255 : 40, 90, 200, alpha && !isLine ? 80 : 255], at);
    }
  }
  return PNG.sync.write(png, { colorType });
}

/** A PNG with opacity: few bytes as a file, many when it is unpacked. */
export const noisyPng = (width: number, height: number): Buffer => pngOf(width, height, { alpha: true, colorType: 6 });

/** A PNG, black, that says it is of this size, with data that unpack to so many bytes. */
export function lyingPng(width: number, height: number, unpacked: number): Buffer {
  const size = Buffer.alloc(8);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  return pngWith([...size, 8, 2, 0, 0, 0], Buffer.alloc(unpacked));
}

/** A PNG of a head, with that palette if any, and rows. */
export function pngWith(head: readonly number[], rows: Buffer, palette?: Buffer): Buffer {
  const chunk = (name: string, data: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    return Buffer.concat([length, Buffer.from(name, "latin1"), data, Buffer.alloc(4)]);
  };
  const parts = [
    chunk("IHDR", Buffer.from(head)),
    ...(palette ? [chunk("PLTE", palette)] : []),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ];
  return Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), ...parts]);
}

/** A JPEG of 16 by 8 pixels: red at the left, blue at the right. */
export const JPEG = Buffer.from(
  "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAAIABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAX/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAABf/EABkRAAIDAQAAAAAAAAAAAAAAAABDBYHBBv/aAAwDAQACEQMRAD8Aio4FOdbWjM8u8P/Z",
  "base64",
);

/** The same, saying that it is of another size. */
export function sizedJpeg(width: number, height: number): Buffer {
  const bytes = Buffer.from(JPEG);
  const frame = bytes.indexOf(Buffer.from("ffc0", "hex"));
  bytes.writeUInt16BE(height, frame + 5);
  bytes.writeUInt16BE(width, frame + 7);
  return bytes;
}

/** The same with an Exif record that says how it is to be turned. */
export function turnedJpeg(orientation: number): Buffer {
  const exif = Buffer.concat([
    Buffer.from("ffe1002245786966000049492a0008000000010012010300010000000000000000000000", "hex"),
  ]);
  exif.writeUInt16LE(orientation, exif.length - 8);
  return Buffer.concat([JPEG.subarray(0, 2), exif, JPEG.subarray(2)]);
}

export interface PngKind {
  readonly bits: 4 | 8 | 16;
  /** 2 is red, green and blue, 3 a palette, 6 with opacity. */
  readonly type: 2 | 3 | 6;
  readonly interlaced?: boolean;
  /** The palette's blue is. */
  readonly transparent?: boolean;
}

/** A PNG in any of its kinds: red at the left, blue at the right. Source of the seven passes: W3C, PNG, 8.2. */
export function packedPng(
  width: number,
  height: number,
  { bits, type, interlaced = false, transparent = false }: PngKind,
): Buffer {
  const full = bits === 16 ? [255, 255] : [255];
  const none = full.map(() => 0);
  const opaque = type === 6 ? full : [];
  const colors = [
    [...full, ...none, ...none, ...opaque],
    [...none, ...none, ...full, ...opaque],
  ];
  const numberOf = (x: number): number => (x < width / 2 ? 0 : 1);
  const row = (xs: readonly number[]): number[] => {
    if (type !== 3) return [0, ...xs.flatMap((x) => colors[numberOf(x)] ?? [])];
    if (bits === 8) return [0, ...xs.map(numberOf)];
    const pairs = Array.from({ length: Math.ceil(xs.length / 2) }, (_, at) => xs.slice(2 * at, 2 * at + 2));
    return [0, ...pairs.map(([one = 0, two = 0]) => 16 * numberOf(one) + numberOf(two))];
  };
  const passes = interlaced ? ADAM7 : ([[0, 0, 1, 1]] as const);
  const rows = passes.flatMap(([left, top, right, down]) => {
    const xs = Array.from({ length: width }, (_, x) => x).filter((x) => x >= left && (x - left) % right === 0);
    const ys = Array.from({ length: height }, (_, y) => y).filter((y) => y >= top && (y - top) % down === 0);
    return xs.length === 0 ? [] : ys.flatMap(() => row(xs));
  });
  return pngOfRows(width, height, {
    ...{ bits, type, interlaced, rows: Buffer.from(rows) },
    ...(type === 3 ? { palette: Buffer.from([255, 0, 0, 0, 0, 255]) } : {}),
    ...(transparent ? { transparent: Buffer.from([255, 0]) } : {}),
  });
}

export interface PngRows {
  readonly bits: number;
  readonly type: number;
  /** Filtered, each with its filter's byte. */
  readonly rows: Buffer;
  readonly interlaced?: boolean;
  readonly palette?: Buffer;
  readonly transparent?: Buffer;
  /** Its data stand in chunks of so many bytes; absent: in one. */
  readonly chunkBytes?: number;
}

/** A PNG of what its rows hold, whether or not that is right. */
export function pngOfRows(
  width: number,
  height: number,
  { bits, type, rows, interlaced = false, palette, transparent, chunkBytes }: PngRows,
): Buffer {
  const data = deflateSync(rows);
  const each = chunkBytes ?? data.length;
  const chunks = Array.from({ length: Math.ceil(data.length / each) }, (_, at) =>
    summed("IDAT", data.subarray(at * each, (at + 1) * each)),
  );
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([bits, type, 0, 0, interlaced ? 1 : 0], 8);
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    summed("IHDR", head),
    ...(palette ? [summed("PLTE", palette)] : []),
    ...(transparent ? [summed("tRNS", transparent)] : []),
    ...chunks,
    summed("IEND", Buffer.alloc(0)),
  ]);
}

const ADAM7 = [
  ...([
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
  ] as const),
  ...([
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
  ] as const),
] as const;

function summed(name: string, data: Buffer): Buffer {
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  const named = Buffer.concat([Buffer.from(name, "latin1"), data]);
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}
