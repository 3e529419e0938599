import type { TableClient } from "@azure/data-tables";
import type { BlockBlobClient } from "@azure/storage-blob";
import { z } from "zod";
import { contentName } from "../archive/blob-names.ts";
import { chatKey } from "../archive/chat-key.ts";
import type { ContentRecord } from "../archive/content-store.ts";
import type { ContentUploads, Upload } from "../archive/content-uploads.ts";
import { AppError, isAppError } from "../platform/errors.ts";
import { newId } from "../platform/new-id.ts";
import type { Instant } from "../platform/time.ts";
import { messageKey, uploadName } from "./content-names.ts";
import { copyInside } from "./copy-inside.ts";
import { lookAtBlob } from "./look-at-blob.ts";
import type { OrganizationBlobs } from "./organization-blobs.ts";
import { stageBlocks, type Staged, stagedIds } from "./stage-blocks.ts";
import { storageCall } from "./storage-call.ts";
import { type Key, table } from "./table.ts";

const row = z.object({
  uploadId: z.string(),
  tag: z.string().optional(),
  bytes: z.number().optional(),
  type: z.string().optional(),
  sourceVersion: z.string().optional(),
  blocks: z.number(),
  offset: z.number(),
  /** Of the hash over `offset` bytes. */
  state: z.instanceof(Uint8Array).optional(),
  sha256: z.string().optional(),
  stagedAt: z.number(),
  restarts: z.number(),
});
type UploadRow = z.output<typeof row>;

/** Storage forgets blocks that nobody commits a week after the last one was staged. */
const KEPT_MS = 6 * 24 * 3_600_000;

/** Uploads as rows of a table (partition organization, row chat|message|reference) and blobs under `uploads/`. What no row names
 * is left over from a process that died between the two, or from an upload that began anew. */
export function contentUploads(
  rowsClient: TableClient,
  blobsOf: (organizationId: string) => OrganizationBlobs,
  { now, sleep }: { readonly now: () => Instant; readonly sleep: (ms: number) => Promise<void> },
): ContentUploads {
  const rows = table(rowsClient, row);
  const blobOf = (organizationId: string, { uploadId }: Pick<Upload, "uploadId">): Promise<BlockBlobClient> =>
    blobsOf(organizationId).blob(uploadName(uploadId));
  const discard = async (organizationId: string, record: ContentRecord): Promise<void> => {
    const known = await rows.get(keyOf(organizationId, record));
    if (!known) return;
    await forget(await blobOf(organizationId, known.value));
    await rows.delete(known);
  };
  return {
    discard,
    async discardOld(organizationId, before) {
      let discarded = 0;
      for await (const known of rows.list(organizationId)) {
        if (known.value.stagedAt > before) continue;
        await forget(await blobOf(organizationId, known.value));
        // A new one may have taken its place meanwhile.
        discarded += await rows
          .delete(known, known.etag)
          .then(() => 1, ignored("storage.changed", "storage.not_found"));
      }
      return discarded;
    },
    async find(organizationId, record) {
      const known = await rows.get(keyOf(organizationId, record));
      if (!known) return undefined;
      if (known.value.stagedAt > now() - KEPT_MS) return toUpload(known.value, known.etag);
      await discard(organizationId, record);
      return undefined;
    },
    async begin(organizationId, record, source) {
      const before = await rows.get(keyOf(organizationId, record));
      const restarts = before ? before.value.restarts + 1 : 0;
      await discard(organizationId, record);
      const { etag: tag, ...rest } = source;
      const value = { uploadId: newId(now()), ...rest, tag, blocks: 0, offset: 0, stagedAt: now(), restarts };
      const etag = await rows.insert(keyOf(organizationId, record), value).catch((error: unknown) => {
        throw isAppError(error, "storage.conflict") ? changed() : error;
      });
      return toUpload(value, etag);
    },
    async receive(organizationId, record, upload, body, limits) {
      const key = keyOf(organizationId, record);
      const known = await rows.get(key);
      if (known?.etag !== upload.etag) throw changed();
      let last = upload;
      const save = async (staged: Staged): Promise<void> => {
        const value = { ...known.value, ...staged, stagedAt: now() };
        last = toUpload(value, await rows.replace({ ...key, etag: last.etag }, value));
      };
      await stageBlocks(await blobOf(organizationId, upload), body, known.value, { ...limits, now, save });
      return last;
    },
    async finish(organizationId, record, { uploadId, sha256, offset, etag }, until) {
      const key = keyOf(organizationId, record);
      const known = await rows.get(key);
      if (known?.etag !== etag || sha256 === undefined) throw changed();
      const from = await blobOf(organizationId, { uploadId });
      try {
        // Once: a commit changes the ETag, which ends a copy of it that is under way.
        if ((await lookAtBlob(from))?.bytes !== offset)
          await storageCall(() => from.commitBlockList(stagedIds(known.value.blocks)));
      } catch (error) {
        if (!isRefused(error)) throw error;
        // The blocks are gone.
        await discard(organizationId, record);
        throw changed();
      }
      const wanted = { name: contentName(sha256), bytes: offset };
      const waiting = { isOver: () => now() >= until, sleep };
      const isThere = await copyInside(blobsOf(organizationId), from, wanted, waiting);
      return isThere ? { sha256, bytes: offset } : undefined;
    },
  };
}

/** Blocks that were never committed cannot be removed, but an empty list puts an empty blob in their place. */
async function forget(blob: BlockBlobClient): Promise<void> {
  await storageCall(() => blob.commitBlockList([]));
  await storageCall(() => blob.deleteIfExists());
}

const keyOf = (organizationId: string, { chatId, messageId, reference }: ContentRecord): Key => ({
  partitionKey: organizationId,
  rowKey: `${chatKey(chatId)}|${messageKey(messageId)}|${reference.key}`,
});

function toUpload({ uploadId, offset, sha256, restarts, ...value }: UploadRow, etag: string): Upload {
  const { tag, bytes, type, sourceVersion } = value;
  const source = {
    ...(tag === undefined ? {} : { etag: tag }),
    ...(bytes === undefined ? {} : { bytes }),
    ...(type === undefined ? {} : { type }),
    ...(sourceVersion === undefined ? {} : { sourceVersion }),
  };
  return { uploadId, source, offset, restarts, ...(sha256 === undefined ? {} : { sha256 }), etag };
}

const changed = (): AppError =>
  new AppError("precondition_failed", "storage.changed", "Somebody else went on with this upload");

const ignored =
  (...codes: readonly string[]) =>
  (error: unknown): 0 => {
    if (!codes.some((code) => isAppError(error, code))) throw error;
    return 0;
  };

const isRefused = (error: unknown): boolean =>
  error instanceof Error && "statusCode" in error && error.statusCode === 400;
