import { stringify } from "csv-stringify/sync";
import { iso } from "../../../platform/time.ts";
import type { Instant } from "../../../platform/time.ts";
import { writtenAt } from "../../../chats/message.ts";
import { mentionName } from "../../../chats/read-body.ts";
import { reactionText } from "../../../chats/reaction-text.ts";
import { messageText } from "../../../chats/text.ts";
import { withoutLineEnds } from "../conversation-title.ts";
import type { RenderItem } from "../renderer.ts";
import { guardCell } from "./cell.ts";

/** Documented columns: their names and order stay, new ones come behind. */
export const CSV_COLUMNS = [
  ..."chatId messageId etag createdDateTime lastModifiedDateTime messageType chatType chatTopic".split(" "),
  ..."fromId fromName fromAddress text html attachments mentions reactions edited deleted importance createdLocal".split(
    " ",
  ),
] as const;

/** RFC 4180, with CRLF. Breaks inside a cell have to be asked for: the library looks for the whole record delimiter only. */
export const csvRow = (cells: readonly string[]): Buffer =>
  Buffer.from(stringify([cells.map(guardCell)], { record_delimiter: "\r\n", quoted_match: /[\r\n]/ }));

/** Times are Graph's own texts, unread; `createdLocal` is the time of day in the zone of the download. */
export function messageCells(item: RenderItem, localTime: (instant: Instant) => string): string[] {
  const { message, chat, from } = item;
  const createdAt = writtenAt(message);
  const raw = (name: string): string => (typeof message.raw[name] === "string" ? message.raw[name] : "");
  return [
    message.chatId,
    message.id,
    message.etag,
    raw("createdDateTime"),
    raw("lastModifiedDateTime"),
    message.type,
    chat.type ?? "",
    chat.topic ?? "",
    from.id ?? "",
    from.name ?? "",
    from.address ?? "",
    messageText(message, item.nameOf),
    message.body.contentType === "html" ? message.body.content : "",
    item.contents.map(contentCell).join("\n"),
    message.mentions.map((mention) => mentionName(mention, item.nameOf) ?? "").join("; "),
    message.reactions.map((reaction) => reactionText(reaction, item.nameOf)).join("; "),
    message.editedAt === undefined ? "" : iso(message.editedAt),
    message.deletedAt === undefined ? "" : iso(message.deletedAt),
    message.importance ?? "",
    createdAt === undefined ? "" : localTime(createdAt),
  ];
}

const contentCell = ({ name, entry, missing }: RenderItem["contents"][number]): string =>
  `${entry ?? withoutLineEnds(name)}${missing === undefined ? "" : ` (missing: ${missing})`}`;
