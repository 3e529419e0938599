import { deflateSync } from "node:zlib";
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

/** The head of a PNG that says it is of this size, with data that unpack to something else. */
export function lyingPng(width: number, height: number, unpacked: number): Buffer {
  const chunk = (name: string, data: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    return Buffer.concat([length, Buffer.from(name, "latin1"), data, Buffer.alloc(4)]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const parts = [
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(Buffer.alloc(unpacked))),
    chunk("IEND", Buffer.alloc(0)),
  ];
  return Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), ...parts]);
}

/** A JPEG of 16 by 8 pixels: red at the left, blue at the right. */
export const JPEG = Buffer.from(
  "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAAIABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAX/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAABf/EABkRAAIDAQAAAAAAAAAAAAAAAABDBYHBBv/aAAwDAQACEQMRAD8Aio4FOdbWjM8u8P/Z",
  "base64",
);

/** The same with an Exif record that says how it is to be turned. */
export function turnedJpeg(orientation: number): Buffer {
  const exif = Buffer.concat([
    Buffer.from("ffe1002245786966000049492a0008000000010012010300010000000000000000000000", "hex"),
  ]);
  exif.writeUInt16LE(orientation, exif.length - 8);
  return Buffer.concat([JPEG.subarray(0, 2), exif, JPEG.subarray(2)]);
}
