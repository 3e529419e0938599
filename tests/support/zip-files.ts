import { createHash } from "node:crypto";
import { promisify } from "node:util";
import yauzl from "yauzl";

const openZip = promisify<Buffer, yauzl.Options, yauzl.ZipFile>(yauzl.fromBuffer);

/** The entries of a zip in their order, read by a program that did not write them; CRCs, sizes and names are checked on the way. */
export async function readZip(zip: Buffer): Promise<Map<string, Buffer>> {
  const file = await openZip(zip, { lazyEntries: true, strictFileNames: true, validateEntrySizes: true });
  const entries = new Map<string, Buffer>();
  const done = Promise.withResolvers<void>();
  file.on("error", done.reject);
  file.on("end", done.resolve);
  file.on("entry", (entry: yauzl.Entry) => {
    file.openReadStream(entry, (error, stream) => {
      if (error) return done.reject(error);
      const chunks: Buffer[] = [];
      stream.on("error", done.reject);
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        if (entries.has(entry.fileName)) done.reject(new Error(`Twice in the zip: ${entry.fileName}`));
        entries.set(entry.fileName, Buffer.concat(chunks));
        file.readEntry();
      });
    });
  });
  file.readEntry();
  await done.promise;
  return entries;
}

/** What the directory of a zip says of its entries. */
export async function zipEntries(zip: Buffer): Promise<yauzl.Entry[]> {
  const file = await openZip(zip, {});
  const entries: yauzl.Entry[] = [];
  const done = Promise.withResolvers<yauzl.Entry[]>();
  file.on("error", done.reject);
  file.on("entry", (entry: yauzl.Entry) => entries.push(entry));
  file.on("end", () => done.resolve(entries));
  return done.promise;
}

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Name → digest by SHA256SUMS. */
export function readSums(text: string): Map<string, string> {
  const lines = text.split("\n").filter(Boolean);
  return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
}
