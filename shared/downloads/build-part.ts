import { createHash, randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { ContentReader } from "../archive/content-store.ts";
import type { Step } from "../platform/activity.contract.ts";
import { AppError } from "../platform/errors.ts";
import { sumReasons } from "./describe-download.ts";
import type { DownloadStore } from "./download-store.ts";
import { findDownload } from "./find-download.ts";
import { layOut } from "./package/layout.ts";
import { decodeIndex } from "./package/set-index.ts";
import { writePart } from "./package/write-part.ts";
import type { PackageStore } from "./package-store.ts";
import { blobName } from "./part-name.ts";
import type { SetOf } from "./render-set.ts";

export interface BuildPartDeps {
  readonly downloads: DownloadStore;
  readonly packages: PackageStore;
  readonly contents: ContentReader;
}

/** Writes one zip from the spool and the contents: blob first, then the row that vouches for it. Of writers that overlap, the
 * first row counts and the others take their blobs away; the bytes are the same. A zip over its limit is never shown: the limit is checked on every byte before the blob is committed.
 * Throws `download.not_found`, `download.part_too_large`. */
export async function buildPart(deps: BuildPartDeps, of: SetOf & { readonly part: number }): Promise<Step<object>> {
  const { organizationId, downloadId, part } = of;
  await findDownload(deps.downloads, organizationId, downloadId);
  if (await deps.downloads.zip(organizationId, downloadId, of.set, part)) return { status: "done", result: {} };
  const set = (await deps.downloads.set(organizationId, downloadId, of.set))?.value;
  if (!set?.rendered) throw new AppError("internal", "download.no_set", "The file set is not rendered");
  const { spool } = set.rendered;
  const index = await readIndex(deps, organizationId, `${spool}.index`);
  const { zip, lost } = writePart(index, layOut(index), part, {
    document: (offset, bytes) => readDocument(deps, organizationId, `${spool}.documents`, { offset, bytes }),
    content: (sha256) => deps.contents.open(organizationId, sha256),
  });
  const measure = measured(zip, index.head.partBytes);
  const blob = blobName(downloadId, set, part, randomUUID());
  await deps.packages.put(organizationId, blob, Readable.from(measure.bytes, { objectMode: false }), "application/zip");
  const reasons = sumReasons(lost().map(({ missing = "gone" }) => ({ code: missing, count: 1 })));
  const written = { set: of.set, number: part, blob, ...measure.result(), lost: reasons };
  const isKept = await deps.downloads.addZip(organizationId, downloadId, written);
  if (!isKept) await deps.packages.removeAll(organizationId, blob);
  else if (!(await deps.downloads.find(organizationId, downloadId))) await removeRest(deps, organizationId, downloadId);
  return { status: "done", result: {} };
}

/** The download was removed while its zip was written. */
async function removeRest({ downloads, packages }: BuildPartDeps, organizationId: string, downloadId: string) {
  await packages.removeAll(organizationId, `${downloadId}/`);
  await downloads.removeRows(organizationId, downloadId);
}

async function readIndex({ packages }: BuildPartDeps, organizationId: string, name: string) {
  const input = await packages.open(organizationId, name);
  return decodeIndex(createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }));
}

async function* readDocument(
  { packages }: BuildPartDeps,
  organizationId: string,
  name: string,
  range: { readonly offset: number; readonly bytes: number },
): AsyncGenerator<Uint8Array> {
  if (range.bytes === 0) return;
  yield* (await packages.open(organizationId, name, range)) as AsyncIterable<Uint8Array>;
}

function measured(zip: Readable, mostBytes: number) {
  const hash = createHash("sha256");
  let count = 0;
  const bytes = async function* () {
    for await (const chunk of zip as AsyncIterable<Uint8Array>) {
      count += chunk.length;
      if (count > mostBytes) throw new AppError("too_large", "download.part_too_large", "The zip is over its limit");
      hash.update(chunk);
      yield chunk;
    }
  };
  return { bytes: bytes(), result: () => ({ bytes: count, sha256: hash.digest("hex") }) };
}
