import { createHash, randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../platform/errors.ts";
import { copyInside } from "./copy-inside.ts";
import type { OrganizationBlobs } from "./organization-blobs.ts";
import { storageCall } from "./storage-call.ts";

const BLOCK_BYTES = 4 * 1024 * 1024;
const BLOCKS_IN_FLIGHT = 2;
/** A second apart. Inside one storage account a copy of some hundred megabytes is a matter of seconds. */
const MOST_LOOKS = 60;

/** Streams a blob whose name is known only at its end: under a name of its own first, then copied inside the service. Throws
 * `storage.unavailable` where the copy is not whole after a minute; what was uploaded is its source, so it is left to the sweep of
 * leftovers then, and a repeat takes the copy up. */
export async function putNamedByHash(
  blobs: OrganizationBlobs,
  chunks: AsyncIterable<Buffer>,
  type: string,
  nameOf: (sha256: string) => string,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash = createHash("sha256");
  let bytes = 0;
  async function* measured(): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  }
  const upload = await blobs.blob(`uploads/${randomUUID()}`);
  const body = Readable.from(measured(), { objectMode: false });
  const options = { blobHTTPHeaders: { blobContentType: type } };
  try {
    await storageCall(() => upload.uploadStream(body, BLOCK_BYTES, BLOCKS_IN_FLIGHT, options));
  } finally {
    body.destroy();
  }
  const sha256 = hash.digest("hex");
  let looks = 0;
  const waiting = { isOver: () => ++looks > MOST_LOOKS, sleep: (ms: number) => sleep(ms) };
  if (!(await copyInside(blobs, upload, { name: nameOf(sha256), bytes }, waiting)))
    throw new AppError("unavailable", "storage.unavailable", "Storage is still copying a blob");
  await storageCall(() => upload.deleteIfExists());
  return { sha256, bytes };
}
