import type { Readable } from "node:stream";
import { type Entry, open, type ZipFile as RawZip } from "yauzl";

export interface ZipFile {
  entries(): AsyncGenerator<Entry>;
  open(entry: Entry): Promise<Readable>;
  close(): void;
}

export async function openZip(file: string): Promise<ZipFile> {
  const zip = await new Promise<RawZip>((resolve, reject) => {
    open(file, { lazyEntries: true, autoClose: false }, (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  const next = () =>
    new Promise<Entry | undefined>((resolve, reject) => {
      zip
        .once("entry", resolve)
        .once("end", () => resolve(undefined))
        .once("error", reject);
      zip.readEntry();
    });
  return {
    async *entries() {
      for (let entry = await next(); entry; entry = await next()) {
        zip.removeAllListeners();
        yield entry;
      }
    },
    open: (entry) =>
      new Promise((resolve, reject) => {
        zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
      }),
    close: () => zip.close(),
  };
}
