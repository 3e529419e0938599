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
  readonly inReplyTo?: string;
  /** From the root down to the parent. */
  readonly references: readonly string[];
}

/** All mails of a conversation hang below one id that no mail has, so that those of several downloads come together; then below
 * the first mail at hand, which a client can show; a quoted reply below what it quotes. What claims to quote something later than
 * itself does not, so that there is no circle. `first`: the id of the conversation's first message in this file set. */
export function threadOf(message: ChatMessage, first: string): Thread {
  const { chatId, id } = message;
  const isFirst = id === first;
  const quoted = repliesTo(message).filter((earlier) => earlier !== first && isEarlier(earlier, id));
  const below = [...(isFirst ? [] : [first]), ...quoted].map((one) => mailId(chatId, one));
  const parent = below.at(-1);
  return {
    messageId: mailId(chatId, id),
    ...(parent === undefined ? {} : { inReplyTo: parent }),
    references: [`<chat.${hashId(chatId)}@${DOMAIN}>`, ...below],
  };
}

/** Ids are milliseconds since 1970. */
const isEarlier = (one: string, other: string): boolean =>
  /^\d{1,15}$/.test(one) && /^\d{1,15}$/.test(other) && Number(one) < Number(other);

/** What may stand in an id or a file name as it is; anything else by its hash. */
export const atom = (id: string): string => (/^[0-9A-Za-z_-]{1,64}$/.test(id) ? id : hashId(id));
