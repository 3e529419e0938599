import type { ChatMessage } from "../../../chats/message.ts";
import { repliesTo } from "../../../chats/replies.ts";
import { hashId } from "../../../platform/new-id.ts";

/** A name that no machine can ever have (RFC 2606), so that no such mail is ever sent or answered. */
export const DOMAIN = "teams-chat-vault.invalid";

/** `<id>` of the mail that tells of a message. The same message has the same in every download. */
export const mailId = (chatId: string, messageId: string): string => `<${atom(messageId)}.${hashId(chatId)}@${DOMAIN}>`;

/** Where a mail hangs in the tree of its conversation. */
export interface Thread {
  readonly messageId: string;
  readonly inReplyTo: string;
  /** From the root down to the parent. */
  readonly references: readonly string[];
}

/** All mails of a conversation hang below one id that no mail has, a quoted reply below the newest of what it quotes. Nothing here
 * depends on what else is in a download, so that a message is the same mail in each, and mails of several downloads come
 * together. Clients take each of the references for the parent of the next (RFC 5256, REFERENCES): they are told oldest first,
 * and what claims to quote something later than itself does not, so that there is no circle, whatever mails say together. */
export function threadOf(message: ChatMessage): Thread {
  const { chatId, id } = message;
  const earlier = repliesTo(message).filter((one) => isEarlier(one, id));
  const quoted = earlier.sort((one, other) => Number(one) - Number(other));
  const root = `<chat.${hashId(chatId)}@${DOMAIN}>`;
  const references = [root, ...quoted.map((one) => mailId(chatId, one))];
  return { messageId: mailId(chatId, id), inReplyTo: references.at(-1) ?? root, references };
}

/** Ids are milliseconds since 1970. */
const isEarlier = (one: string, other: string): boolean =>
  /^\d{1,15}$/.test(one) && /^\d{1,15}$/.test(other) && Number(one) < Number(other);

/** What may stand in an id or a file name as it is; anything else by its hash. */
export const atom = (id: string): string => (/^[0-9A-Za-z_-]{1,64}$/.test(id) ? id : hashId(id));
