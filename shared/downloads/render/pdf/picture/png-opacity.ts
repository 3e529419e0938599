import { type PngColors, type PngHead, rowBytes, samplesOf } from "./png.ts";

/* Source: W3C, PNG, second edition, 9 (filters), 11.3.2 (tRNS). */

/** Takes the filters from rows, which come one after another, filter byte first. Works in their place. */
export class Unfilter {
  readonly #before: Buffer;
  readonly #pixel: number;

  /** Bytes of a row with its filter, and of a pixel, at least 1. */
  constructor(row: number, pixel: number) {
    this.#before = Buffer.alloc(row);
    this.#pixel = pixel;
  }

  /** Throws for a filter that there is not. */
  take(row: Buffer): void {
    const [before, pixel, filter = 0] = [this.#before, this.#pixel, row[0]];
    for (let at = 1; at < row.length; at++) {
      const left = at > pixel ? (row[at - pixel] ?? 0) : 0;
      const above = before[at] ?? 0;
      const corner = at > pixel ? (before[at - pixel] ?? 0) : 0;
      row[at] = (row[at] ?? 0) + guess(filter, left, above, corner);
    }
    row.copy(before);
  }
}

function guess(filter: number, left: number, above: number, corner: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return above;
  if (filter === 3) return (left + above) >> 1;
  if (filter !== 4) throw new Error("No such filter.");
  const [toLeft, toAbove] = [Math.abs(above - corner), Math.abs(left - corner)];
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

/** Gives the opacity of rows without it, one after another: a byte for each pixel, valid until the next. Works in their place. */
export function opacityByColor(head: PngHead, transparent: Buffer): (row: Buffer) => Buffer {
  const { width, bits, type } = head;
  const samples = samplesOf(head);
  const unfilter = new Unfilter(rowBytes(head), Math.max(1, (samples * bits) >> 3));
  const opacity = Buffer.alloc(width);
  const key = Array.from({ length: samples }, (_, at) => keyOf(transparent, at) & (2 ** bits - 1));
  const isKey = (row: Buffer, at: number) => key.every((one, sample) => sampleAt(row, at + sample, bits) === one);
  const of =
    type === 3
      ? (row: Buffer, at: number) => transparent[sampleAt(row, at, bits)] ?? 255
      : (row: Buffer, at: number) => (isKey(row, samples * at) ? 0 : 255);
  return (row) => {
    unfilter.take(row);
    for (let at = 0; at < width; at++) opacity[at] = of(row, at);
    return opacity;
  };
}

const keyOf = (transparent: PngColors["transparent"], at: number): number =>
  ((transparent?.[2 * at] ?? 0) << 8) | (transparent?.[2 * at + 1] ?? 0);

/** Behind the filter byte. */
function sampleAt(row: Buffer, at: number, bits: number): number {
  if (bits === 8) return row[1 + at] ?? 0;
  if (bits === 16) return ((row[1 + 2 * at] ?? 0) << 8) | (row[2 + 2 * at] ?? 0);
  const bit = at * bits;
  return ((row[1 + (bit >> 3)] ?? 0) >> (8 - bits - (bit & 7))) & (2 ** bits - 1);
}
