import { createHash } from "node:crypto";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { AppError, isAppError } from "../platform/errors.ts";
import { type Extent, type Layout, layOut } from "./package/layout.ts";
import { decodeRows, type SizedRow } from "./package/set-index.ts";
import type { SetSpool } from "./package/set-builder.ts";
import type { PackageStore } from "./package-store.ts";

/* What one rendering leaves in the store: its documents one after another, and its index. Either is proved by a digest when it
 * is read: the index by the one in the set's row, each document by the one in the index. */

const documentsName = (spool: string): string => `${spool}.documents`;
const indexName = (spool: string): string => `${spool}.index`;

/** The spool is gone, or is not what was written: the file set has to be rendered again. */
export const spoolLost = (cause?: unknown): AppError =>
  new AppError("conflict", "download.spool_lost", "What was rendered is gone", { cause });

/** Where the blobs of a spool lie. */
export interface SpoolOf {
  readonly packages: PackageStore;
  readonly organizationId: string;
  readonly spool: string;
}

/** Stores what `render` writes, all of it or nothing that anybody will see. `digest` is the index's SHA-256. */
export async function putSpool<T>(
  { packages, organizationId, spool }: SpoolOf,
  render: (to: SetSpool) => Promise<T>,
): Promise<{ readonly result: T; readonly digest: string }> {
  const documents = blobWriter(packages, organizationId, documentsName(spool), "application/octet-stream");
  const index = blobWriter(packages, organizationId, indexName(spool), "application/x-ndjson");
  const hash = createHash("sha256");
  try {
    const result = await render({
      document: documents.write,
      index: (rows) => (hash.update(rows), index.write(rows)),
    });
    await Promise.all([documents.end(), index.end()]);
    return { result, digest: hash.digest("hex") };
  } catch (error) {
    await Promise.all([documents.abandon(error), index.abandon(error)]);
    throw error;
  }
}

/** Waits for the store where it is behind, and fails where it has failed. */
function blobWriter(packages: PackageStore, organizationId: string, name: string, type: string) {
  const stream = new PassThrough();
  // Whoever waits for the store learns of it there.
  stream.on("error", () => undefined);
  const stored = packages.put(organizationId, name, stream, type);
  stored.catch((error: unknown) => stream.destroy(error instanceof Error ? error : undefined));
  return {
    async write(bytes: Uint8Array | string): Promise<void> {
      if (stream.destroyed) await stored;
      if (!stream.write(bytes)) await Promise.race([once(stream, "drain"), stored]);
    },
    end: () => (stream.end(), stored),
    abandon: (error: unknown) => {
      stream.destroy(error instanceof Error ? error : undefined);
      return stored.catch(() => undefined);
    },
  };
}

/** How the zips of a spool come out; proves its index. Throws `download.spool_lost`. */
export async function openLayout({ packages, organizationId, spool }: SpoolOf, digest: string): Promise<Layout> {
  const hash = createHash("sha256");
  const hashed = async function* () {
    for await (const chunk of (await packages
      .open(organizationId, indexName(spool))
      .catch(lost)) as AsyncIterable<Uint8Array>) {
      hash.update(chunk);
      yield chunk;
    }
  };
  try {
    const layout = await layOut(decodeRows(hashed()));
    if (hash.digest("hex") === digest) return layout;
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  throw spoolLost();
}

/** Some rows of an index that was proved. Throws `download.spool_lost`. */
export const openRows = (of: SpoolOf, extent: Extent): AsyncGenerator<SizedRow> =>
  decodeRows(openExtent(of, indexName(of.spool), extent));

/** Some of the documents. Throws `download.spool_lost`. */
export const openDocuments = (of: SpoolOf, extent: Extent): AsyncGenerator<Uint8Array> =>
  openExtent(of, documentsName(of.spool), extent);

async function* openExtent({ packages, organizationId }: SpoolOf, name: string, extent: Extent) {
  if (extent.bytes === 0) return;
  yield* (await packages.open(organizationId, name, extent).catch(lost)) as AsyncIterable<Uint8Array>;
}

function lost(error: unknown): never {
  throw isAppError(error, "storage.not_found") ? spoolLost(error) : error;
}
