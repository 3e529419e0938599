import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { ZipArchive } from "archiver";

/** `name` is a path in the zip, with `/`. A source is read once, from here to its end, and deflated. Bytes are at hand: deflated,
 * or stored as they are, with their size and checksum before them. */
export type ZipEntry =
  | { readonly name: string; readonly source: AsyncIterable<Uint8Array> }
  | { readonly name: string; readonly bytes: Buffer; readonly stored: boolean };

export interface WrittenEntry {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** The DOS epoch: nothing in a zip tells when it was made. */
const DATE = new Date("1980-01-01T00:00:00Z");
const MODE = 0o644;
/** What may wait for the reader of the zip before the next entry is taken. */
const MOST_WAITING = 4_000_000;

/** Streams entries into a zip, one after another; the memory it takes is that of the entry at hand, and the directory at the
 * end with about 1 KB per entry. When it fails or its reader goes away, the generator and the source at hand are ended, and so what they
 * read from. Sources are deflated, also those that do not shrink: a stored entry whose size is not known
 * beforehand carries a data descriptor that Java's ZipInputStream refuses. The generator is told what each entry came to; when
 * it throws, the stream fails with its error. Zip64 is used where the counts ask for it. */
export function zipStream(entries: AsyncGenerator<ZipEntry, void, WrittenEntry>): Readable {
  const archive = new ZipArchive({ zlib: { level: 6 } });
  const failed = Promise.withResolvers<never>();
  archive.on("error", failed.reject);
  archive.on("warning", failed.reject);
  archive.on("close", () => failed.reject(new Error("The reader of the zip went away")));
  failed.promise.catch(() => undefined);
  const reader = new Reader(archive);
  const pump = async () => {
    try {
      let next = await entries.next();
      while (!next.done) {
        const entry = next.value;
        const written = await append(archive, entry, failed.promise);
        await Promise.race([reader.caughtUp("bytes" in entry && entry.stored ? written.bytes : 0), failed.promise]);
        next = await entries.next(written);
      }
    } finally {
      await entries.return();
    }
    await archive.finalize();
  };
  pump().catch((error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))));
  return reader.stream;
}

/** Hands on what the archive gives, and knows how far behind whoever reads it is: an archive takes bytes at hand without a word. */
class Reader {
  readonly #archive: ZipArchive;
  readonly stream: Readable;
  #taken = 0;
  /** The archive was given at least so much; how much a deflated source came to, it does not say. */
  #given = 0;
  #wake: (() => void) | undefined;

  constructor(archive: ZipArchive) {
    this.#archive = archive;
    this.stream = Readable.from(this.#read(), { objectMode: false });
    // Also when nobody has begun to read.
    this.stream.once("close", () => archive.destroy());
  }

  async caughtUp(stored: number): Promise<void> {
    this.#given = Math.max(this.#given, this.#taken) + stored;
    while (this.#given - this.#taken > MOST_WAITING) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#archive as AsyncIterable<Uint8Array>) {
      yield chunk;
      this.#taken += chunk.length;
      this.#wake?.();
    }
  }
}

async function append(archive: ZipArchive, entry: ZipEntry, failed: Promise<never>): Promise<WrittenEntry> {
  const { name } = entry;
  const ended = new Promise((resolve) => archive.once("entry", resolve));
  const about = { name, date: DATE, mode: MODE };
  const hash = createHash("sha256");
  if ("bytes" in entry) {
    archive.append(entry.bytes, { ...about, store: entry.stored });
    await Promise.race([ended, failed]);
    return { name, bytes: entry.bytes.length, sha256: hash.update(entry.bytes).digest("hex") };
  }
  let bytes = 0;
  const measured = async function* () {
    for await (const chunk of entry.source) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  const input = Readable.from(measured(), { objectMode: false });
  const broken = new Promise<never>((_, reject) => input.once("error", reject));
  try {
    archive.append(input, about);
    await Promise.race([ended, broken, failed]);
    return { name, bytes, sha256: hash.digest("hex") };
  } finally {
    input.destroy();
  }
}
