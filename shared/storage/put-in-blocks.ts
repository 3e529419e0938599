import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import type { BlockBlobClient } from "@azure/storage-blob";
import { blocksOf } from "./stage-blocks.ts";

/** 50,000 blocks of 4 MiB are far beyond the largest zip. */
const BLOCK_BYTES = 4 * 1024 * 1024;

/** Streams a body into a blob, a block while the next is read: two buffers are all that is held, whatever the size of its pieces. The
 * SDK's own `uploadStream` holds the pieces themselves until they make a block. What breaks off leaves nothing to see. Errors are
 * the SDK's, or the body's. */
export async function putInBlocks(blob: BlockBlobClient, body: Readable, type: string): Promise<void> {
  const upload = randomUUID();
  const ids: string[] = [];
  const buffers = [spare.pop() ?? newBuffer(), spare.pop() ?? newBuffer()] as const;
  let staging: Promise<unknown> = Promise.resolve();
  try {
    for await (const { block } of blocksOf(body, buffers, () => false)) {
      await staging;
      if (block.length === 0) break;
      const id = Buffer.from(`${upload}-${String(ids.length).padStart(6, "0")}`).toString("base64");
      ids.push(id);
      staging = blob.stageBlock(id, block, block.length);
      // Heard when it is waited for.
      staging.catch(() => undefined);
    }
    await staging;
    await blob.commitBlockList(ids, { blobHTTPHeaders: { blobContentType: type } });
  } finally {
    body.destroy();
    await staging.catch(() => undefined);
    // Nobody reads them any more.
    if (spare.length < MOST_SPARE) spare.push(...buffers);
  }
}

/** Kept for the next upload: memory of this size that comes and goes is not given back to the system. */
const spare: Buffer[] = [];
const MOST_SPARE = 8;
const newBuffer = (): Buffer => Buffer.allocUnsafeSlow(BLOCK_BYTES);
