import { isRecord, parseInstant, type RawMessage } from "../chats/message.ts";
import type { Instant } from "../platform/time.ts";

/** One version of one message. `chatId` + `id` name the message, `etag` the version. */
export interface MessageVersion {
  readonly chatId: string;
  readonly id: string;
  readonly etag: string;
  readonly createdAt?: Instant;
  readonly modifiedAt?: Instant;
  readonly raw: RawMessage;
}

/** Undefined for what cannot be told apart from other messages: no object, no chatId or no id. A version without an etag
 * goes by its modification time. */
export function versionOf(raw: unknown): MessageVersion | undefined {
  if (!isRecord(raw)) return undefined;
  const { chatId, id, etag, lastModifiedDateTime, createdDateTime } = raw;
  if (typeof chatId !== "string" || chatId === "" || typeof id !== "string" || id === "") return undefined;
  const createdAt = typeof createdDateTime === "string" ? parseInstant(createdDateTime) : undefined;
  const modifiedAt = typeof lastModifiedDateTime === "string" ? parseInstant(lastModifiedDateTime) : undefined;
  return {
    chatId,
    id,
    etag: typeof etag === "string" ? etag : String(lastModifiedDateTime),
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(modifiedAt === undefined ? {} : { modifiedAt }),
    raw,
  };
}

/** What orders and names a version, wherever its text is. */
export type VersionKeys = Omit<MessageVersion, "raw">;

/** The order inside packs and of every reading: conversation by conversation, oldest first, versions of a message together. */
export function compareVersions(a: VersionKeys, b: VersionKeys): number {
  return (
    compare(a.chatId, b.chatId) ||
    (a.createdAt ?? -1) - (b.createdAt ?? -1) ||
    compare(a.id, b.id) ||
    compare(a.etag, b.etag)
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const messageKey = (version: VersionKeys): string => `${version.chatId}\n${version.id}`;
export const versionKey = (version: VersionKeys): string => `${messageKey(version)}\n${version.etag}`;

/** The UTC month of creation, `yyyy-MM`, or `unknown`. */
export const monthOf = (createdAt: Instant | undefined): string =>
  createdAt === undefined ? "unknown" : new Date(createdAt).toISOString().slice(0, 7);
