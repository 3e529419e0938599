import type { Readable } from "node:stream";
import type { BlockBlobClient } from "@azure/storage-blob";
import { createSHA256 } from "hash-wasm";
import { AppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import { storageCall } from "./storage-call.ts";

/** 250 GB, the most that CONTENT_MAX_BYTES allows, are fewer blocks than the 50,000 that a blob may have. */
const BLOCK_BYTES = 8 * 1024 * 1024;

/** The first `blocks` blocks of a blob hold the first `offset` bytes; `state` is the hash over them. */
export interface Staged {
  readonly blocks: number;
  readonly offset: number;
  readonly state?: Uint8Array<ArrayBuffer> | undefined;
  /** After the last block only. */
  readonly sha256?: string | undefined;
}

interface Options {
  readonly maxBytes: number;
  readonly until: Instant;
  readonly now: () => Instant;
  /** Called after each block, never twice at a time. */
  readonly save: (staged: Staged) => Promise<void>;
}

/** Cuts the body into blocks and stages one while it reads the next: two blocks are all that is held. Once `until` has come it stops,
 * with a shorter block of what it has. Node's own hash cannot be saved, hence hash-wasm. */
export async function stageBlocks(
  blob: BlockBlobClient,
  body: Readable,
  begun: Staged,
  { maxBytes, until, now, save }: Options,
): Promise<void> {
  const hash = await createSHA256();
  if (begun.state) hash.load(begun.state);
  else hash.init();
  const buffers = [spare.pop() ?? newBuffer(), spare.pop() ?? newBuffer()] as const;
  let { blocks, offset } = begun;
  let staging = Promise.resolve();
  const stage = async (block: Buffer, staged: Staged): Promise<void> => {
    await storageCall(() => blob.stageBlock(blockId(staged.blocks - 1), block, block.length));
    await save(staged);
  };
  try {
    for await (const { block, isLast } of blocksOf(body, buffers, () => now() >= until)) {
      offset += block.length;
      if (offset > maxBytes) throw tooLarge(maxBytes);
      hash.update(block);
      if (block.length > 0) blocks += 1;
      const staged = {
        blocks,
        offset,
        state: new Uint8Array(hash.save()),
        ...(isLast ? { sha256: hash.digest() } : {}),
      };
      await staging;
      staging = block.length > 0 ? stage(block, staged) : save(staged);
      // Heard when it is waited for.
      staging.catch(() => undefined);
    }
    await staging;
  } finally {
    body.destroy();
    await staging.catch(() => undefined);
    // Nobody reads them any more.
    if (spare.length < MOST_SPARE) spare.push(...buffers);
  }
}

/** Kept for the next activity: memory of this size that comes and goes is not given back to the system. */
const spare: Buffer[] = [];
const MOST_SPARE = 4;
const newBuffer = (): Buffer => Buffer.allocUnsafe(BLOCK_BYTES);

/** Names of the first blocks, in order; all of one length, as the service wants. */
export const stagedIds = (blocks: number): string[] => Array.from({ length: blocks }, (_, n) => blockId(n));

const blockId = (n: number): string => Buffer.from(String(n).padStart(6, "0")).toString("base64");

/** In two buffers by turns: a block is as long as they are, and good until the one after the next is asked for. The last one may be
 * short or empty. */
export async function* blocksOf(
  body: AsyncIterable<Buffer>,
  buffers: readonly [Buffer, Buffer],
  isOver: () => boolean,
): AsyncGenerator<{ block: Buffer; isLast: boolean }> {
  let at = 0;
  let turn: 0 | 1 = 0;
  for await (const chunk of body) {
    for (let rest = chunk; rest.length > 0; ) {
      const taken = rest.copy(buffers[turn], at);
      rest = rest.subarray(taken);
      at += taken;
      if (at < buffers[turn].length) continue;
      yield { block: buffers[turn], isLast: false };
      turn = turn === 0 ? 1 : 0;
      at = 0;
    }
    if (!isOver()) continue;
    if (at > 0) yield { block: buffers[turn].subarray(0, at), isLast: false };
    return;
  }
  yield { block: buffers[turn].subarray(0, at), isLast: true };
}

const tooLarge = (maxBytes: number): AppError =>
  new AppError("too_large", "content.too_large", "The content is larger than the policy allows", {
    context: { maxBytes },
  });
