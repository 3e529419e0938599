import { blocksText } from "./block-text.ts";
import type { ChatMessage } from "./message.ts";
import { eventText, isSystemEvent, readContent } from "./read-body.ts";
import type { NameOf } from "./system-event.ts";

/** A message as a person would read it, as plain text: what `readBody` reads but the importance, with `\n` between lines; an event
 * as its bare sentence; a message that is nothing but plain text as that text, to the last character. */
export function messageText(message: ChatMessage, nameOf: NameOf): string {
  if (isSystemEvent(message)) return eventText(message, nameOf);
  return isBareText(message) ? message.body.content : blocksText(readContent(message, nameOf));
}

const isBareText = ({ body, attachments, subject, deletedAt, policyViolation, from }: ChatMessage): boolean =>
  body.contentType === "text" &&
  attachments.length === 0 &&
  !subject &&
  !(deletedAt ?? policyViolation ?? from?.onBehalfOf);
