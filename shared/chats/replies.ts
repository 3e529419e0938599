import { originalOf } from "./attachment-blocks.ts";
import type { ChatMessage } from "./message.ts";
import { readHtml } from "./read-html.ts";

/** Ids of the messages of its chat that a message quotes, in its order: by attachments, or as old clients did it. */
export function repliesTo({ attachments, body }: ChatMessage): string[] {
  const quoted = attachments.map((attachment) => originalOf(attachment).messageId);
  if (body.contentType === "html" && body.content.includes("schema.skype.com/Reply")) {
    readHtml(body.content, {
      open: (tag, { itemtype = "", itemid }) => {
        if (tag === "blockquote" && itemtype.endsWith("schema.skype.com/Reply")) quoted.push(itemid);
      },
    });
  }
  return [...new Set(quoted.filter((id) => id !== undefined && id !== ""))] as string[];
}
