import { createHash, type Hash } from "node:crypto";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { AppError, isAppError } from "../platform/errors.ts";
import { decodeIndex, encodeIndex, type SetIndex } from "./package/set-index.ts";
import type { PackageStore } from "./package-store.ts";

/* What one rendering leaves in the store: its documents one after another, and its index. Either is proved by a digest when it
 * is read: the index by the one in the set's row, each document by the one in the index. */

export const documentsName = (spool: string): string => `${spool}.documents`;
const indexName = (spool: string): string => `${spool}.index`;

/** The spool is gone, or is not what was written: the file set has to be rendered again. */
export const spoolLost = (cause?: unknown): AppError =>
  new AppError("conflict", "download.spool_lost", "What was rendered is gone", { cause });

/** Answers the index's SHA-256. */
export async function putIndex(
  packages: PackageStore,
  organizationId: string,
  spool: string,
  index: SetIndex,
): Promise<string> {
  const hash = createHash("sha256");
  const lines = Readable.from(hashed(encodeIndex(index), hash), { objectMode: false });
  await packages.put(organizationId, indexName(spool), lines, "application/x-ndjson");
  return hash.digest("hex");
}

/** Throws `download.spool_lost`. */
export async function openIndex(
  packages: PackageStore,
  organizationId: string,
  { spool, digest }: { readonly spool: string; readonly digest: string },
): Promise<SetIndex> {
  const hash = createHash("sha256");
  const bytes = (await packages.open(organizationId, indexName(spool)).catch(lost)) as AsyncIterable<Uint8Array>;
  const lines = createInterface({ input: Readable.from(hashed(bytes, hash)), crlfDelay: Number.POSITIVE_INFINITY });
  try {
    const index = await decodeIndex(lines);
    if (hash.digest("hex") === digest) return index;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw spoolLost();
}

/** So many bytes of the documents. Throws `download.spool_lost`. */
export async function* openDocuments(
  packages: PackageStore,
  organizationId: string,
  spool: string,
  range: { readonly offset: number; readonly bytes: number },
): AsyncGenerator<Uint8Array> {
  if (range.bytes === 0) return;
  const bytes = await packages.open(organizationId, documentsName(spool), range).catch(lost);
  yield* bytes as AsyncIterable<Uint8Array>;
}

async function* hashed<T extends string | Uint8Array>(
  pieces: Iterable<T> | AsyncIterable<T>,
  hash: Hash,
): AsyncGenerator<T> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}

function lost(error: unknown): never {
  throw isAppError(error, "storage.not_found") ? spoolLost(error) : error;
}
