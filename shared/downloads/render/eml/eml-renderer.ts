import { type ChatMessage, writtenAt } from "../../../chats/message.ts";
import type { Instant } from "../../../platform/time.ts";
import { FolderNames, safeFileName } from "../../package/entry-name.ts";
import { emptyText } from "../../package/note.ts";
import { conversationName } from "../conversation-title.ts";
import { localClock } from "../local-clock.ts";
import type { OpenContent, Renderer, RenderItem } from "../renderer.ts";
import { composeMail } from "./compose-mail.ts";
import { embeddedPictures } from "./embedded-pictures.ts";
import { atom } from "./mail-ids.ts";
import { fromMailbox } from "./mailbox.ts";

/** Of a sender's name in a file's, and of a conversation's in a folder's. With time and id these are paths of some 130 characters:
 * Windows unpacks into `C:\Users\{who}\Downloads\{name of the zip}` unasked, and opens nothing of more than 259. */
const MOST_SENDER_BYTES = 40;
const MOST_FOLDER_BYTES = 50;
/** What a zip has beside the conversations. */
const TAKEN = ["Attachments", "manifest.json", "SHA256SUMS", "MISSING.csv", "JOIN.txt"];

/** One mail per message: `{conversation}/{yyyy-MM-dd HHmmss} {sender} {messageId}.eml`. A mail with pictures that no zip could take
 * has none inside. */
export function emlRenderer(timeZone: string, open: OpenContent): Renderer {
  const localTime = localClock(timeZone);
  const folders = new FolderNames();
  for (const name of TAKEN) folders.take(name);
  let chat: { readonly id: string; readonly folder: string } | undefined;
  let messages = 0;
  return {
    async add(item, sink) {
      const { message } = item;
      messages += 1;
      if (chat?.id !== message.chatId) chat = { id: message.chatId, folder: folders.take(folderOf(item)) };
      const sentAt = dateOf(message);
      const parts = { item, sentAt, localTime };
      const sender = safeFileName(fromMailbox(item).name, MOST_SENDER_BYTES);
      const time = localTime(sentAt).slice(0, 19).replaceAll(":", "");
      sink.begin(`${chat.folder}/${time} ${sender} ${atom(message.id)}.eml`, "message");
      const whole = await composeMail({ ...parts, pictures: await embeddedPictures(item.contents, open) });
      const mail = sink.fits(whole.length, item) ? whole : await composeMail({ ...parts, pictures: new Map() });
      await sink.write(mail, item);
    },
    async end(sink, notKept = 0) {
      if (messages > 0) return;
      sink.begin("No messages.txt", "note");
      await sink.write(Buffer.from(`${emptyText(notKept)}\r\n`));
    },
  };
}

const folderOf = (item: RenderItem): string => safeFileName(conversationName(item), MOST_FOLDER_BYTES);

/** A mail has a date, whatever is known. */
const dateOf = (message: ChatMessage): Instant => writtenAt(message) ?? message.modifiedAt ?? 0;
