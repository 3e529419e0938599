import { randomFrom } from "../tenant/random.ts";

/** Packs 9-bit codes, least significant bit first, into GIF's blocks of at most 255 bytes. */
function packed(codes: readonly number[]): number[] {
  const bytes: number[] = [];
  let pending = 0;
  let count = 0;
  for (const code of codes) {
    pending |= code << count;
    count += 9;
    while (count >= 8) {
      bytes.push(pending & 255);
      pending >>= 8;
      count -= 8;
    }
  }
  if (count > 0) bytes.push(pending & 255);
  const blocks: number[] = [];
  for (let i = 0; i < bytes.length; i += 255) {
    const block = bytes.slice(i, i + 255);
    blocks.push(block.length, ...block);
  }
  return [...blocks, 0];
}

/** A valid GIF with 256 colours; the dictionary is cleared before it grows, so every code stays 9 bits wide. */
export function gif(seed: number): Buffer {
  const random = randomFrom(seed);
  const width = 24 + random.int(60);
  const height = 16 + random.int(40);
  const palette = Array.from({ length: 768 }, () => random.int(256));
  const codes: number[] = [];
  for (let n = 0; n < width * height; n++) {
    if (n % 200 === 0) codes.push(256);
    codes.push(((n % width) + Math.floor(n / width)) & 255);
  }
  codes.push(257);
  return Buffer.from([
    ...Buffer.from("GIF89a", "latin1"),
    ...[width & 255, width >> 8, height & 255, height >> 8, 0xf7, 0, 0],
    ...palette,
    ...[0x2c, 0, 0, 0, 0, width & 255, width >> 8, height & 255, height >> 8, 0],
    8,
    ...packed(codes),
    0x3b,
  ]);
}
