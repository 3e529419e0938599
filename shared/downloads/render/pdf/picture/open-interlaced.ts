import { deflateSync } from "node:zlib";
import { PNG } from "pngjs";
import type { Packed } from "./pack-png.ts";

const packed = (pixels: Buffer): Packed => {
  const part = deflateSync(pixels);
  return { parts: [part], bytes: part.length };
};

/** All pixels of a small PNG, as three bytes of colour each, and one of opacity unless all are opaque. Throws when it is damaged. */
export function openInterlaced(bytes: Buffer): { colors: Packed; opacity?: Packed } {
  const { data, width, height } = PNG.sync.read(bytes);
  const pixels = width * height;
  const [colors, opacity] = [Buffer.alloc(3 * pixels), Buffer.alloc(pixels)];
  for (let i = 0; i < pixels; i++) {
    data.copy(colors, 3 * i, 4 * i, 4 * i + 3);
    opacity[i] = data[4 * i + 3] ?? 255;
  }
  return { colors: packed(colors), ...(opacity.every((one) => one === 255) ? {} : { opacity: packed(opacity) }) };
}
