import { createHash } from "node:crypto";
import MailComposer from "nodemailer/lib/mail-composer";
import { blocksText } from "../../../chats/block-text.ts";
import type { Block } from "../../../chats/body.ts";
import type { ChatMessage } from "../../../chats/message.ts";
import { reactionText } from "../../../chats/reaction-text.ts";
import { readBody } from "../../../chats/read-body.ts";
import type { Instant } from "../../../platform/time.ts";
import { conversationTitle } from "../conversation-title.ts";
import type { RenderItem } from "../renderer.ts";
import { blocksHtml } from "./blocks-html.ts";
import type { EmbeddedPicture } from "./embedded-pictures.ts";
import { fromMailbox, headerText, toMailboxes } from "./mailbox.ts";
import { threadOf } from "./mail-ids.ts";

export interface MailParts {
  readonly item: RenderItem;
  readonly sentAt: Instant;
  readonly localTime: (instant: Instant) => string;
  /** By the keys of their references. */
  readonly pictures: ReadonlyMap<string, EmbeddedPicture>;
}

/** One message as one mail (RFC 5322): text and HTML, pictures inside where they are given. The same parts give the same bytes:
 * the boundaries come from the content, which cannot hold its own hash. */
export function composeMail({ item, sentAt, localTime, pictures }: MailParts): Promise<Buffer> {
  const { message } = item;
  const body = readBody(message, item.nameOf);
  const blocks = [...body, ...otherBlocks(body, item, pictures), ...aboutBlocks(item, localTime)];
  const places = new Map(item.contents.map((content) => [content.key, content.entry]));
  const place = (key: string) => places.get(key);
  const text = crlf(blocksText(blocks, place));
  const html = crlf(htmlOf(blocks, place, pictures));
  const { messageId, inReplyTo, references } = threadOf(message);
  const mail = new MailComposer({
    messageId,
    inReplyTo,
    references: [...references],
    date: new Date(sentAt),
    from: fromMailbox(item),
    to: toMailboxes(item),
    subject: headerText(conversationTitle(item)),
    headers: headersOf(item),
    text: text || " ",
    html,
    attachments: [...new Map([...pictures.values()].map((one) => [one.cid, one])).values()].map(
      ({ cid, type, name, bytes }) => ({ cid, contentType: type, filename: name, content: bytes }),
    ),
    baseBoundary: createHash("sha256").update(`${text}\0${html}`).digest("hex").slice(0, 32),
    normalizeHeaderKey: (key) => key.replace(/^(X-Teams-.*)-ID$/, "$1-Id"),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return mail.compile().build();
}

const crlf = (text: string): string => text.toWellFormed().replace(/\r\n|[\r\n]/g, "\r\n");

/** Contents that are neither inside nor named by the body: of reactions, of banners, of what was deleted. */
function otherBlocks(body: readonly Block[], { contents }: RenderItem, pictures: MailParts["pictures"]): Block[] {
  const others = contents.filter(({ key, entry, missing }) => entry && missing === undefined && !pictures.has(key));
  if (others.length === 0) return [];
  const named = new Set<string>();
  blocksText(body, (key) => void named.add(key));
  return others
    .filter(({ key }) => !named.has(key))
    .map(({ key, name }) => ({ kind: "attachment", label: name, content: key }));
}

/** What stands around a message in Teams. */
function aboutBlocks({ message, nameOf, contents }: RenderItem, localTime: (instant: Instant) => string): Block[] {
  const { editedAt, reactions } = message;
  const missing = contents.filter((content) => content.missing !== undefined);
  return [
    ...(editedAt === undefined ? [] : [notice(`Edited ${localTime(editedAt)}`)]),
    ...(reactions.length === 0
      ? []
      : [notice(`Reactions: ${reactions.map((one) => reactionText(one, nameOf)).join("; ")}`)]),
    ...missing.map(({ name, missing: reason }) => notice(`Missing: ${name} (${reason})`)),
  ];
}

const notice = (text: string): Block => ({ kind: "notice", text });

function htmlOf(
  blocks: readonly Block[],
  place: (key: string) => string | undefined,
  pictures: ReadonlyMap<string, EmbeddedPicture>,
): string {
  const body = blocksHtml(blocks, { cid: (key) => pictures.get(key)?.cid, place });
  return `<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body>\n${body}\n</body></html>\n`;
}

/** Only what is known; none of it can break out of its line. */
function headersOf({ message, chat, from }: RenderItem): Record<string, string> {
  const { importance } = message;
  const isImportant = importance === "high" || importance === "urgent";
  const headers: Record<string, string | undefined> = {
    "X-Teams-Chat-Id": message.chatId,
    "X-Teams-Message-Id": message.id,
    "X-Teams-Etag": message.etag,
    "X-Teams-Message-Type": message.type,
    "X-Teams-Chat-Type": chat.type,
    "X-Teams-From-Id": from.id,
    "X-Teams-Created": rawTime(message, "createdDateTime"),
    "X-Teams-Edited": message.editedAt === undefined ? undefined : rawTime(message, "lastEditedDateTime"),
    "X-Teams-Deleted": message.deletedAt === undefined ? undefined : rawTime(message, "deletedDateTime"),
    "X-Teams-Importance": isImportant ? importance : undefined,
    Importance: isImportant ? "high" : undefined,
  };
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value ? [[name, plain(value)]] : [])));
}

/** Ids and times are ASCII; what is not is no id. */
const plain = (value: string): string => value.slice(0, 900).replace(/[^\x21-\x7e]/g, "_");

const rawTime = ({ raw }: ChatMessage, name: string): string | undefined =>
  typeof raw[name] === "string" ? raw[name] : undefined;
