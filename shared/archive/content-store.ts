import type { Readable } from "node:stream";
import type { ContentReference } from "../chats/references.ts";
import type { Instant } from "../platform/time.ts";

/** What became of one reference of one message, shared by all accounts of the chat. */
export interface ContentRecord {
  readonly chatId: string;
  readonly messageId: string;
  readonly reference: ContentReference;
  readonly state: "pending" | "stored" | "failed";
  readonly sha256?: string;
  readonly bytes?: number;
  /** The media type that the source gave, unproved. */
  readonly type?: string;
  /** The file's own version at the time of reading (its eTag). */
  readonly sourceVersion?: string;
  /** Known to be one of those that come by blocks (`ContentUploads`). */
  readonly large?: boolean;
  /** Why it failed: a stable code. */
  readonly reason?: string;
  /** When failed: whether and when another try makes sense; absent = never. */
  readonly retryAt?: Instant;
  /** How often it failed so far. */
  readonly tries?: number;
  /** How often in a row its source asked for a pause. */
  readonly waits?: number;
  /** The run that finished it. */
  readonly runId?: string;
}

/** Where contents are read from. */
export interface ContentReader {
  /** All records of one message, in the order of their keys. */
  ofMessage(organizationId: string, chatId: string, messageId: string): Promise<ContentRecord[]>;
  /** From the byte `offset` on, the first without. Throws `storage.not_found`, also where there is no such byte. */
  open(organizationId: string, sha256: string, offset?: number): Promise<Readable>;
}

export interface StoredContent {
  readonly sha256: string;
  readonly bytes: number;
}

/** Contents of an organization, each kept once under the SHA-256 of its bytes. */
export interface ContentStore extends ContentReader {
  /** Inserts what is not there yet as pending and lists each chat as having work; existing records keep their outcome. */
  add(
    organizationId: string,
    chatId: string,
    entries: readonly { messageId: string; reference: ContentReference }[],
  ): Promise<void>;
  /** Chats with pending records, or with failed ones that are due by now, by key, in this of 16 shards. */
  pendingChats(organizationId: string, shard: number, now: Instant): AsyncGenerator<PendingChat>;
  /** All records of a chat, in the order of messages. */
  ofChat(organizationId: string, chatKey: string): AsyncGenerator<ContentRecord>;
  /** Keys of the chats that have records, in order, after that one. One look-up each. */
  chats(organizationId: string, after?: string): AsyncGenerator<string>;
  /** Size of the blob; undefined where it is missing. */
  size(organizationId: string, sha256: string): Promise<number | undefined>;
  finish(organizationId: string, record: ContentRecord): Promise<void>;
  /** Removes the records of a chat, or of one message of it; what they name goes when nothing names it any more. */
  forget(organizationId: string, chatId: string, messageId?: string): Promise<void>;
  /** Takes the chat off the list, or lists it for `dueAt`, unless somebody added to it since it was read. */
  settle(organizationId: string, chat: PendingChat, dueAt?: Instant): Promise<void>;
  /** Keeps a content of at most `mostBytes`, which it holds in memory. Of more it keeps nothing and answers undefined, the body
   * destroyed: that is for `ContentUploads`. */
  put(organizationId: string, body: Readable, mostBytes: number): Promise<StoredContent | undefined>;
}

export const CONTENT_SHARDS = 16;

/** What one content may take up in memory as a whole. */
export const SMALL_BYTES = 8 * 1024 * 1024;

export interface PendingChat {
  readonly chatKey: string;
  readonly shard: number;
  readonly etag: string;
}
