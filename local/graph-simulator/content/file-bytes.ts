import { createCipheriv, createHash } from "node:crypto";
import { Readable } from "node:stream";

const block = 256 * 1024;
const zeros = Buffer.alloc(block);

/** The bytes of one block: a cipher stream over zeros, which is fast, incompressible and can be entered anywhere. */
function blockAt(seed: string, index: number): Buffer {
  const key = createHash("sha256").update(seed).digest().subarray(0, 16);
  const counter = Buffer.alloc(16);
  counter.writeBigUInt64BE(BigInt((index * block) / 16), 8);
  return createCipheriv("aes-128-ctr", key, counter).update(zeros);
}

/** Bytes [start, end) of the file made from `seed`. Nothing is kept; any range costs only itself. */
export function* fileChunks(seed: string, start: number, end: number): Generator<Buffer> {
  for (let at = start; at < end; ) {
    const index = Math.floor(at / block);
    const stop = Math.min(end, (index + 1) * block);
    yield blockAt(seed, index).subarray(at - index * block, stop - index * block);
    at = stop;
  }
}

export const fileStream = (seed: string, start: number, end: number): Readable =>
  Readable.from(fileChunks(seed, start, end));

export function fileSha256(seed: string, size: number): string {
  const hash = createHash("sha256");
  for (const chunk of fileChunks(seed, 0, size)) hash.update(chunk);
  return hash.digest("hex");
}
