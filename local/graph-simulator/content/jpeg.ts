import { randomFrom } from "../tenant/random.ts";

const segment = (marker: number, payload: readonly number[]): number[] => {
  const length = payload.length + 2;
  return [0xff, marker, length >> 8, length & 255, ...payload];
};

/** Collects bits, most significant first, stuffing a zero after every 0xFF as the entropy-coded part of a JPEG wants it. */
function bitWriter(): { write: (value: number, bits: number) => void; end: () => number[] } {
  const out: number[] = [];
  let pending = 0;
  let count = 0;
  const write = (value: number, bits: number): void => {
    for (let b = bits - 1; b >= 0; b--) {
      pending = (pending << 1) | ((value >> b) & 1);
      if (++count === 8) {
        out.push(pending);
        if (pending === 0xff) out.push(0);
        pending = 0;
        count = 0;
      }
    }
  };
  const end = (): number[] => {
    while (count !== 0) write(1, 1);
    return out;
  };
  return { write, end };
}

/**
 * A valid baseline JPEG: a grey mosaic of 8×8 blocks that have a mean and no detail, which needs no cosine transform.
 * The Huffman tables are the simplest possible: twelve 4-bit codes for the size of a mean, one 1-bit code for "no detail".
 */
export function jpeg(seed: number): Buffer {
  const random = randomFrom(seed);
  const across = 4 + random.int(12);
  const down = 3 + random.int(9);
  const bits = bitWriter();
  let previous = 0;
  for (let block = 0; block < across * down; block++) {
    const mean = random.int(255) - 127;
    const difference = mean - previous;
    previous = mean;
    const size = difference === 0 ? 0 : 32 - Math.clz32(Math.abs(difference));
    bits.write(size, 4);
    if (size > 0) bits.write(difference > 0 ? difference : difference + (1 << size) - 1, size);
    bits.write(0, 1);
  }
  const [width, height] = [across * 8, down * 8];
  const counts = (length: number, codes: number): number[] =>
    Array.from({ length: 16 }, (_, n) => (n === length - 1 ? codes : 0));
  return Buffer.from([
    ...[0xff, 0xd8],
    ...segment(0xe0, [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]),
    ...segment(0xdb, [0, ...Array.from({ length: 64 }, () => 8)]),
    ...segment(0xc0, [8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0]),
    ...segment(0xc4, [0x00, ...counts(4, 12), ...Array.from({ length: 12 }, (_, n) => n)]),
    ...segment(0xc4, [0x10, ...counts(1, 1), 0]),
    ...segment(0xda, [1, 1, 0, 0, 63, 0]),
    ...bits.end(),
    ...[0xff, 0xd9],
  ]);
}
