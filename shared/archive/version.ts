import { instantOfId, isRecord, parseInstant, type RawMessage } from "../chats/message.ts";
import { hashId } from "../platform/new-id.ts";
import type { Instant } from "../platform/time.ts";

/** One version of one message. `chatId` + `id` name the message, `etag` the version. */
export interface MessageVersion {
  readonly chatId: string;
  readonly id: string;
  readonly etag: string;
  /** By its id where the date itself cannot be read. */
  readonly createdAt?: Instant;
  readonly modifiedAt?: Instant;
  readonly raw: RawMessage;
}

/** Undefined for what cannot be told apart from other messages: no object, no chatId or no id. A version without an etag, or with an
 * empty one, goes by its modification time, or else by its content. */
export function versionOf(raw: unknown): MessageVersion | undefined {
  if (!isRecord(raw)) return undefined;
  const { chatId, id, etag, lastModifiedDateTime, createdDateTime } = raw;
  if (!isName(chatId) || !isName(id)) return undefined;
  const createdAt =
    (typeof createdDateTime === "string" ? parseInstant(createdDateTime) : undefined) ?? instantOfId(id);
  const modifiedAt = typeof lastModifiedDateTime === "string" ? parseInstant(lastModifiedDateTime) : undefined;
  return {
    chatId,
    id,
    etag: isText(etag) ? etag : fallbackTag(raw),
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(modifiedAt === undefined ? {} : { modifiedAt }),
    raw,
  };
}

/** Graph's ids have less than 200 characters. */
const isName = (value: unknown): value is string => isText(value) && value.length <= 1_000;

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

function fallbackTag(raw: RawMessage): string {
  const { lastModifiedDateTime } = raw;
  return isText(lastModifiedDateTime) ? lastModifiedDateTime : hashId(JSON.stringify(raw));
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

export const versionKey = ({ chatId, id, etag }: VersionKeys): string => JSON.stringify([chatId, id, etag]);

/** The UTC month of creation, `yyyy-MM`, or `unknown`. */
export const monthOf = (createdAt: Instant | undefined): string =>
  createdAt === undefined ? "unknown" : new Date(createdAt).toISOString().slice(0, 7);
