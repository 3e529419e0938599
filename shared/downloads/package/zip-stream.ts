import { createHash, hash } from "node:crypto";
import { once } from "node:events";
import { Readable } from "node:stream";
import { ZipArchive } from "archiver";
import { useNodeCrc } from "./node-crc.ts";

useNodeCrc();

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
/** How many pieces, of a block at the most, may wait for the reader of the zip before the next entry is taken: a megabyte. */
const MOST_WAITING = 16;
/** Less is gathered before it is handed on. */
const BLOCK_BYTES = 64 * 1024;

/** Streams entries into a zip, one after another; the memory it takes is that of the entry at hand, some 600 bytes for each entry
 * before, and the directory at the end. Sources are deflated, also those that do not shrink: a stored entry whose size is not
 * known beforehand carries a data descriptor that Java's ZipInputStream refuses. The generator is told what each entry came to;
 * when it throws, the stream fails with its error, and when the reader goes away, it is ended, and so is the source at hand. Zip64 is
 * used where the counts ask for it. */
export function zipStream(entries: AsyncGenerator<ZipEntry, void, WrittenEntry>): Readable {
  const archive = new ZipArchive({ zlib: { level: 6 } });
  archive.on("warning", (error) => archive.destroy(error));
  const { stream, takeAll } = gathered(archive);
  // Whoever waits for an event of the archive learns of it there.
  archive.on("error", (error) => stream.destroy(error));
  const pump = async () => {
    try {
      for (let next = await entries.next(); !next.done; ) {
        const written = await append(archive, next.value);
        if (archive.isPaused()) await once(archive, "resume");
        next = await entries.next(written);
      }
    } finally {
      await entries.return();
    }
    takeAll();
    await archive.finalize();
  };
  pump().catch((error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))));
  return stream;
}

/** What an archive gives, in few pieces. It writes each header as some 20 buffers, those of the directory all at once: they are
 * copied as they come, as 65,000 entries would be a million small buffers that wait in a row. `takeAll`: takes the rest of it
 * before the reader asks. */
function gathered(archive: ZipArchive): { readonly stream: Readable; readonly takeAll: () => void } {
  let [block, used, waits] = [Buffer.allocUnsafe(BLOCK_BYTES), 0, true];
  // In object mode its pieces are handed on one by one; as bytes, all that wait would be copied together.
  const stream = new Readable({
    objectMode: true,
    highWaterMark: MOST_WAITING,
    read: () => void archive.resume(),
    destroy(error, done) {
      archive.destroy(error ?? new Error("The reader of the zip went away"));
      done(error);
    },
  });
  const put = (bytes: Buffer) => {
    if (!stream.push(bytes) && waits) archive.pause();
  };
  const flush = () => {
    if (used > 0) put(block.subarray(0, used));
    [block, used] = [Buffer.allocUnsafe(BLOCK_BYTES), 0];
  };
  archive.on("data", (chunk: Buffer) => {
    if (used + chunk.length > BLOCK_BYTES) flush();
    if (chunk.length > BLOCK_BYTES) {
      for (let at = 0; at < chunk.length; at += BLOCK_BYTES) put(chunk.subarray(at, at + BLOCK_BYTES));
      return;
    }
    block.set(chunk, used);
    used += chunk.length;
  });
  archive.on("end", () => {
    flush();
    stream.push(null);
  });
  return { stream, takeAll: () => void (waits = false) };
}

async function append(archive: ZipArchive, entry: ZipEntry): Promise<WrittenEntry> {
  const { name } = entry;
  if (archive.destroyed) throw archive.errored ?? new Error("The zip was abandoned");
  const ended = once(archive, "entry");
  const about = { name, date: DATE, mode: MODE };
  if ("bytes" in entry) {
    archive.append(entry.bytes, { ...about, store: entry.stored });
    await ended;
    return { name, bytes: entry.bytes.length, sha256: hash("sha256", entry.bytes) };
  }
  const digest = createHash("sha256");
  let bytes = 0;
  const measured = async function* () {
    for await (const chunk of entry.source) {
      digest.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  const input = Readable.from(measured(), { objectMode: false });
  input.once("error", (error) => archive.destroy(error));
  try {
    archive.append(input, about);
    await ended;
    return { name, bytes, sha256: digest.digest("hex") };
  } finally {
    input.destroy();
  }
}
