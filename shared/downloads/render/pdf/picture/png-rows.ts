import { once } from "node:events";
import { Readable } from "node:stream";
import { createDeflate, createInflate } from "node:zlib";
import { dataOf, type PngHead, rowBytes, unpackedBytes } from "./png.ts";

const CHUNK = 65_536;
/** Bytes behind the last row that are overlooked. */
const MOST_BEHIND = 64;
/** Ways to filter a row, from 0. */
const LAST_FILTER = 4;

/** Unpacks what a PNG holds, rows with their filters, by pieces of any length. Throws when that is more or less than it says. */
async function* unpacked(bytes: Buffer, head: PngHead): AsyncGenerator<Buffer> {
  const expected = unpackedBytes(head);
  let length = 0;
  const inflate = createInflate({ chunkSize: CHUNK });
  const source = Readable.from(dataOf(bytes)).on("error", (error) => inflate.destroy(error));
  try {
    for await (const piece of source.pipe(inflate) as AsyncIterable<Buffer>) {
      const wanted = piece.subarray(0, expected - length);
      length += piece.length;
      if (length > expected + MOST_BEHIND) throw new Error("It unpacks to more than it says.");
      if (wanted.length > 0) yield wanted;
    }
  } finally {
    source.destroy();
    inflate.destroy();
  }
  if (length < expected) throw new Error("It unpacks to less than it says.");
}

/** Whether a PNG unpacks to as much as it says; unless it is interlaced, to rows that are filtered in ways PNG knows. */
export async function isWhole(bytes: Buffer, head: PngHead): Promise<boolean> {
  const row = rowBytes(head);
  try {
    if (head.interlaced) for await (const _ of unpacked(bytes, head));
    else
      for await (const rows of rowsOf(bytes, head))
        for (let at = 0; at < rows.length; at += row) if ((rows[at] ?? 0) > LAST_FILTER) return false;
    return true;
  } catch {
    return false;
  }
}

/** The rows of a PNG that is not interlaced, filtered, one or several at a time; read before the next are asked for. */
export async function* rowsOf(bytes: Buffer, head: PngHead): AsyncGenerator<Buffer> {
  const row = rowBytes(head);
  const rows = Buffer.allocUnsafe(row * Math.max(1, Math.floor(CHUNK / row)));
  let filled = 0;
  for await (const piece of unpacked(bytes, head)) {
    for (let at = 0; at < piece.length; ) {
      const taken = piece.copy(rows, filled, at);
      at += taken;
      filled += taken;
      if (filled < rows.length) continue;
      yield rows;
      filled = 0;
    }
  }
  if (filled > 0) yield rows.subarray(0, filled);
}

/** Deflates by pieces and keeps what comes of it. */
export class Packer {
  readonly #deflate = createDeflate();
  readonly #gathered = Buffer.allocUnsafe(CHUNK);
  #filled = 0;
  readonly parts: Buffer[] = [];
  /** Of the parts. */
  bytes = 0;

  constructor() {
    this.#deflate.on("data", (part: Buffer) => {
      this.parts.push(part);
      this.bytes += part.length;
    });
  }

  /** The piece may be used again afterwards. Gives how many bytes there are so far. */
  async add(piece: Uint8Array): Promise<number> {
    for (let at = 0; at < piece.length; ) {
      const some = piece.subarray(at, at + CHUNK - this.#filled);
      this.#gathered.set(some, this.#filled);
      this.#filled += some.length;
      at += some.length;
      if (this.#filled === CHUNK) await this.#flush();
    }
    return this.bytes;
  }

  async #flush(): Promise<void> {
    const gathered = this.#gathered.subarray(0, this.#filled);
    this.#filled = 0;
    await new Promise<void>((resolve, reject) => {
      this.#deflate.write(gathered, (error) => (error ? reject(error) : resolve()));
    });
  }

  async end(): Promise<void> {
    await this.#flush();
    const ended = once(this.#deflate, "end");
    this.#deflate.end();
    await ended;
  }

  destroy(): void {
    this.#deflate.destroy();
  }
}
