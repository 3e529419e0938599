import { createHash, randomUUID } from "node:crypto";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import { chatKey } from "../archive/chat-key.ts";
import { CONTENT_SHARDS, type ContentRecord, type ContentStore, type StoredContent } from "../archive/content-store.ts";
import type { ContentReference } from "../chats/references.ts";
import { AppError, isAppError } from "../platform/errors.ts";
import { forEachParallel } from "../platform/for-each-parallel.ts";
import { hashId } from "../platform/new-id.ts";
import type { OrganizationBlobs } from "./organization-blobs.ts";
import { storageCall } from "./storage-call.ts";
import { insertMissing, table, type Write } from "./table.ts";

const row = z.object({
  chatId: z.string(),
  messageId: z.string(),
  kind: z.enum(["hosted", "file"]),
  key: z.string(),
  hostedId: z.string().optional(),
  url: z.string().optional(),
  name: z.string().optional(),
  attachmentId: z.string().optional(),
  state: z.enum(["pending", "stored", "failed"]),
  sha256: z.string().optional(),
  bytes: z.number().optional(),
  type: z.string().optional(),
  sourceVersion: z.string().optional(),
  reason: z.string().optional(),
  retryAt: z.number().optional(),
  runId: z.string().optional(),
});
type ContentRow = z.output<typeof row>;

const listed = z.object({ chatKey: z.string(), stamp: z.string() });

/** Below this a content is hashed in memory and put under its name at once. */
const SMALL_BYTES = 4 * 1024 * 1024;
const BLOCK_BYTES = 8 * 1024 * 1024;
const BLOCKS_IN_FLIGHT = 3;

/** Content rows (partition organization|hash of the chat's id) in one table, the list of chats with work in another, bytes
 * under `contents/` of the organization's container. */
export function contentTables(
  rowsClient: TableClient,
  pendingClient: TableClient,
  blobsOf: (organizationId: string) => OrganizationBlobs,
): ContentStore {
  const rows = table(rowsClient, row);
  const pending = table(pendingClient, listed);
  return {
    async ofMessage(organizationId, chatId, messageId) {
      const prefix = `${messageKey(messageId)}|`;
      const records: ContentRecord[] = [];
      for await (const found of rows.list(partition(organizationId, chatKey(chatId)), {
        from: prefix,
        to: `${prefix}~`,
      })) {
        records.push(fromRow(found.value));
      }
      return records;
    },
    open: (organizationId, sha256) => blobsOf(organizationId).open(`contents/${sha256}`),
    async add(organizationId, chatId, entries) {
      const key = chatKey(chatId);
      const partitionKey = partition(organizationId, key);
      const fresh = new Map<string, Write<ContentRow>>();
      const waiting = new Set<string>();
      await forEachParallel(entries, 8, async ({ messageId, reference }) => {
        const rowKey = `${messageKey(messageId)}|${reference.key}`;
        const known = await rows.get({ partitionKey, rowKey });
        if (known?.value.state === "pending") waiting.add(rowKey);
        if (!known)
          fresh.set(rowKey, {
            action: "insert",
            partitionKey,
            rowKey,
            value: toRow(newRecord(chatId, messageId, reference)),
          });
      });
      if (fresh.size === 0 && waiting.size === 0) return;
      const at = { partitionKey: shardKey(organizationId, shardOf(key)), rowKey: key };
      const list = () => pending.upsert(at, { chatKey: key, stamp: randomUUID() });
      // Before, because work in a chat that nobody lists is lost; and after, because a worker may have found the chat empty in
      // between and taken it off the list.
      await list();
      await insertMissing(rows, [...fresh.values()]);
      await list();
    },
    async *pendingChats(organizationId, shard) {
      for await (const found of pending.list(shardKey(organizationId, shard))) {
        yield { chatKey: found.value.chatKey, shard, etag: found.etag };
      }
    },
    async *ofChat(organizationId, key) {
      for await (const found of rows.list(partition(organizationId, key))) yield fromRow(found.value);
    },
    async finish(organizationId, record) {
      const key = {
        partitionKey: partition(organizationId, chatKey(record.chatId)),
        rowKey: `${messageKey(record.messageId)}|${record.reference.key}`,
      };
      await rows.upsert(key, toRow(record));
    },
    async settle(organizationId, { chatKey: key, shard, etag }) {
      const at = { partitionKey: shardKey(organizationId, shard), rowKey: key };
      await pending.delete(at, etag).catch((error: unknown) => {
        if (!isAppError(error, "storage.changed") && !isAppError(error, "storage.not_found")) throw error;
      });
    },
    put: (organizationId, body, maxBytes) => putContent(blobsOf(organizationId), body, maxBytes),
  };
}

const messageKey = (messageId: string): string =>
  /^[\w-]{1,64}$/.test(messageId) ? messageId : hashId("message", messageId);
/** A property holds 32,000 characters; no address that works comes near. */
const LONGEST_ADDRESS = 8_000;
const LONGEST_NAME = 1_000;

/** An address that is too long for a row is too long to be fetched: the reason stands in its place, the whole in the message. */
function newRecord(chatId: string, messageId: string, reference: ContentReference): ContentRecord {
  const [address, rest] =
    reference.kind === "hosted" ? [reference.hostedId, ""] : [reference.url, reference.attachmentId];
  if (address.length + rest.length > LONGEST_ADDRESS) {
    const { kind, key } = reference;
    const cut =
      kind === "hosted"
        ? { kind, key, hostedId: "" }
        : { kind, key, url: "", attachmentId: "", name: clip(reference.name) };
    return { chatId, messageId, reference: cut, state: "failed", reason: "content.address_too_long" };
  }
  const kept = reference.kind === "file" ? { ...reference, name: clip(reference.name) } : reference;
  return { chatId, messageId, reference: kept, state: "pending" };
}

const clip = (name: string): string => (name.length > LONGEST_NAME ? name.slice(0, LONGEST_NAME).toWellFormed() : name);

const partition = (organizationId: string, key: string): string => `${organizationId}|${key}`;
const shardKey = (organizationId: string, shard: number): string =>
  `${organizationId}|${String(shard).padStart(2, "0")}`;
const shardOf = (key: string): number => Number.parseInt(hashId(key).slice(-1), 36) % CONTENT_SHARDS;

function toRow({ reference, ...record }: ContentRecord): ContentRow {
  return { ...record, ...reference };
}

function fromRow({ kind, key, hostedId, url, name, attachmentId, ...rest }: ContentRow): ContentRecord {
  const reference: ContentReference =
    kind === "hosted"
      ? { kind, key, hostedId: hostedId ?? "" }
      : { kind, key, url: url ?? "", name: name ?? "", attachmentId: attachmentId ?? "" };
  const known = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return { ...(known as Omit<ContentRecord, "reference">), reference };
}

async function putContent(blobs: OrganizationBlobs, body: Readable, maxBytes: number): Promise<StoredContent> {
  const hash = createHash("sha256");
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      if (bytes <= maxBytes) done(null, chunk);
      else
        done(
          new AppError("too_large", "content.too_large", "The content is larger than the policy allows", {
            context: { maxBytes },
          }),
        );
    },
  });
  const piping = pipeline(body, measure);
  const chunks = measure[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const head: Buffer[] = [];
  let size = 0;
  try {
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      head.push(next.value);
      size += next.value.length;
      if (size > SMALL_BYTES)
        return await putLarge(blobs, head, chunks, () => ({ sha256: hash.digest("hex"), bytes }), piping);
    }
    await piping;
  } catch (error) {
    piping.catch(() => undefined);
    body.destroy();
    throw error;
  }
  const sha256 = hash.digest("hex");
  await blobs.putOnce(`contents/${sha256}`, Buffer.concat(head), "application/octet-stream");
  return { sha256, bytes };
}

/** The name is known only at the end, so the bytes go to a name of their own first and are copied inside the service. */
async function putLarge(
  blobs: OrganizationBlobs,
  head: readonly Buffer[],
  rest: AsyncIterator<Buffer>,
  finished: () => StoredContent,
  piping: Promise<void>,
): Promise<StoredContent> {
  const incoming = await blobs.blob(`incoming/${randomUUID()}`);
  const all = async function* () {
    yield* head;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
    await piping;
  };
  await storageCall(() =>
    incoming.uploadStream(Readable.from(all(), { objectMode: false }), BLOCK_BYTES, BLOCKS_IN_FLIGHT),
  );
  const stored = finished();
  const target = await blobs.blob(`contents/${stored.sha256}`);
  if (!(await blobs.exists(`contents/${stored.sha256}`))) {
    await storageCall(async () => (await target.beginCopyFromURL(incoming.url)).pollUntilDone());
  }
  await storageCall(() => incoming.deleteIfExists());
  return stored;
}
