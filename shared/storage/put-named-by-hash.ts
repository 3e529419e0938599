import { createHash, randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import type { OrganizationBlobs } from "./organization-blobs.ts";
import { storageCall } from "./storage-call.ts";

const BLOCK_BYTES = 4 * 1024 * 1024;
const BLOCKS_IN_FLIGHT = 2;

/** Streams a blob whose name is known only at its end: under a name of its own first, then copied inside the service. */
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
  await storageCall(() => upload.uploadStream(body, BLOCK_BYTES, BLOCKS_IN_FLIGHT, options));
  const sha256 = hash.digest("hex");
  const name = nameOf(sha256);
  try {
    if (!(await blobs.renew(name))) {
      const target = await blobs.blob(name);
      await storageCall(async () => (await target.beginCopyFromURL(upload.url)).pollUntilDone());
    }
  } finally {
    await storageCall(() => upload.deleteIfExists());
  }
  return { sha256, bytes };
}
