import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { z } from "zod";

/** Some four million names at one wrong answer in a few hundred. */
const BYTES = 8 * 1024 * 1024;
const MASK = BYTES * 8 - 1;

/** Remembers any number of SHA-256 names in the same memory: a Bloom filter. It never forgets one; it takes a few that it never
 * saw for known, which keeps a leftover until another sweep. */
export class NameFilter {
  readonly bits: Uint8Array;

  constructor(bits: Uint8Array = new Uint8Array(BYTES)) {
    this.bits = bits;
  }

  add(sha256: string): void {
    for (const place of places(sha256)) this.bits[place >> 3] = (this.bits[place >> 3] ?? 0) | (1 << (place & 7));
  }

  has(sha256: string): boolean {
    return places(sha256).every((place) => ((this.bits[place >> 3] ?? 0) & (1 << (place & 7))) !== 0);
  }
}

/** The names are hashes already: their digits are as good as further hashes. */
const places = (sha256: string): number[] =>
  [0, 8, 16, 24].map((at) => (Number.parseInt(sha256.slice(at, at + 8), 16) || 0) & MASK);

const compress = promisify(gzip);
const expand = promisify(gunzip);

/** A filter and what belongs to it, to be kept between activities. */
export const encodeNotes = <T extends { readonly names: Pick<NameFilter, "bits"> }>({
  names,
  ...head
}: T): Promise<Buffer> => compress(Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), names.bits]), { level: 1 });

export async function decodeNotes<T>(schema: z.ZodType<T>, notes: Buffer): Promise<T & { names: NameFilter }> {
  const bytes = await expand(notes);
  const end = bytes.indexOf(10);
  const head = schema.parse(JSON.parse(bytes.subarray(0, end).toString("utf8")));
  return { ...head, names: new NameFilter(bytes.subarray(end + 1)) };
}
