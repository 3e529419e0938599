import { createHash, randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import { contentName } from "../archive/blob-names.ts";
import { chatKey } from "../archive/chat-key.ts";
import { CONTENT_SHARDS, type ContentRecord, type ContentStore, type StoredContent } from "../archive/content-store.ts";
import type { ContentReference } from "../chats/references.ts";
import { unless } from "../platform/errors.ts";
import { forEachParallel } from "../platform/for-each-parallel.ts";
import { hashId } from "../platform/new-id.ts";
import { messageKey } from "./content-names.ts";
import type { OrganizationBlobs } from "./organization-blobs.ts";
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
  large: z.boolean().optional(),
  reason: z.string().optional(),
  retryAt: z.number().optional(),
  tries: z.number().optional(),
  waits: z.number().optional(),
  runId: z.string().optional(),
});
type ContentRow = z.output<typeof row>;

/** Without `dueAt` there is work at once. */
const listed = z.object({ chatKey: z.string(), stamp: z.string(), dueAt: z.number().optional() });

/** Of one transaction. */
const ROWS_AT_ONCE = 100;

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
    async *chats(organizationId, after) {
      const start = after === undefined ? [] : [partition(organizationId, after)];
      for await (const key of rows.partitions(`${organizationId}|`, ...start)) yield key.slice(key.indexOf("|") + 1);
    },
    size: (organizationId, sha256) => blobsOf(organizationId).size(contentName(sha256)),
    open: (organizationId, sha256, offset) => blobsOf(organizationId).open(contentName(sha256), offset),
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
    async *pendingChats(organizationId, shard, now) {
      for await (const found of pending.list(shardKey(organizationId, shard))) {
        if ((found.value.dueAt ?? 0) > now) continue;
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
    async forget(organizationId, chatId, messageId) {
      const partitionKey = partition(organizationId, chatKey(chatId));
      const prefix = messageId === undefined ? undefined : `${messageKey(messageId)}|`;
      const below = prefix === undefined ? undefined : `${prefix}~`;
      for (;;) {
        const found = await rows.page(partitionKey, ROWS_AT_ONCE, prefix, below);
        if (found.length === 0) return;
        const deletes = found.map(({ rowKey }): Write<ContentRow> => ({ action: "delete", partitionKey, rowKey }));
        // Another account of the chat may forget the same at the same time: what is left is looked at anew.
        await rows.transaction(deletes).catch(unless("storage.not_found"));
      }
    },
    async settle(organizationId, { chatKey: key, shard, etag }, dueAt) {
      const at = { partitionKey: shardKey(organizationId, shard), rowKey: key };
      const settled =
        dueAt === undefined
          ? pending.delete(at, etag)
          : pending.replace({ ...at, etag }, { chatKey: key, stamp: randomUUID(), dueAt });
      await settled.catch(unless("storage.changed", "storage.not_found"));
    },
    put: (organizationId, body, mostBytes) => putSmall(blobsOf(organizationId), body, mostBytes),
  };
}

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

async function putSmall(
  blobs: OrganizationBlobs,
  body: Readable,
  mostBytes: number,
): Promise<StoredContent | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) return undefined;
    chunks.push(chunk);
  }
  const whole = Buffer.concat(chunks);
  const sha256 = createHash("sha256").update(whole).digest("hex");
  await blobs.putOnce(contentName(sha256), whole, "application/octet-stream");
  return { sha256, bytes };
}
