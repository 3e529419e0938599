import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { ZipArchive } from "archiver";

export interface ZipEntry {
  /** Path in the zip, with `/`. */
  readonly name: string;
  /** Read once, from here to its end. */
  readonly source: AsyncIterable<Uint8Array>;
}

export interface WrittenEntry {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** The DOS epoch: nothing in a zip tells when it was made. */
const DATE = new Date("1980-01-01T00:00:00Z");
const MODE = 0o644;

/** Streams entries into a zip, one after another, with as much memory as one block of one entry; the directory at the end
 * takes about 1 KB per entry. Entries are deflated, also those that do not shrink: a stored entry whose size is not known
 * beforehand carries a data descriptor that Java's ZipInputStream refuses. The generator is told what each entry came to; when
 * it throws, the stream fails with its error. Zip64 is used where the counts ask for it. */
export function zipStream(entries: AsyncGenerator<ZipEntry, void, WrittenEntry>): Readable {
  const archive = new ZipArchive({ zlib: { level: 6 } });
  const failed = Promise.withResolvers<never>();
  archive.on("error", failed.reject);
  archive.on("warning", failed.reject);
  archive.on("close", () => failed.reject(new Error("The reader of the zip went away")));
  failed.promise.catch(() => undefined);
  const pump = async () => {
    let next = await entries.next();
    while (!next.done) next = await entries.next(await append(archive, next.value, failed.promise));
    await archive.finalize();
  };
  pump().catch((error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))));
  return archive;
}

async function append(archive: ZipArchive, { name, source }: ZipEntry, failed: Promise<never>): Promise<WrittenEntry> {
  const hash = createHash("sha256");
  let bytes = 0;
  const measured = async function* () {
    for await (const chunk of source) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  const ended = new Promise((resolve) => archive.once("entry", resolve));
  const input = Readable.from(measured(), { objectMode: false });
  const broken = new Promise<never>((_, reject) => input.once("error", reject));
  archive.append(input, { name, date: DATE, mode: MODE });
  await Promise.race([ended, broken, failed]);
  return { name, bytes, sha256: hash.digest("hex") };
}
