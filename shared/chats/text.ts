import { blocksText } from "./block-text.ts";
import type { ChatMessage } from "./message.ts";
import { eventText, isSystemEvent, readContent } from "./read-body.ts";
import type { NameOf } from "./system-event.ts";

/** A message as a person would read it, as plain text with `\n` between lines: what `readBody` reads but the importance; an event
 * as its bare sentence. */
export const messageText = (message: ChatMessage, nameOf: NameOf): string =>
  isSystemEvent(message) ? eventText(message, nameOf) : blocksText(readContent(message, nameOf));
