import { conversationTitle } from "../conversation-title.ts";
import { localClock } from "../local-clock.ts";
import { FolderNames } from "../../package/entry-name.ts";
import type { DocumentSink, Renderer, RenderItem, RenderMeans } from "../renderer.ts";
import type { PdfConversation } from "./pdf-conversation.ts";
import { openShaper, type Shaper } from "./type/shaper.ts";

export interface PdfLimits {
  readonly messages: number;
  /** Of pictures, as they lie in the document. */
  readonly pictureBytes: number;
}

/** Larger documents open slowly. */
const LIMITS: PdfLimits = { messages: 5_000, pictureBytes: 50_000_000 };

/** `{conversation}.pdf`, then `{conversation} 2.pdf` …: one document per conversation, each whole by itself. Pages are written as
 * they fill, so that memory does not grow with the document but by a few bytes for each page and glyph. */
export function pdfRenderer({ timeZone, open: openContent }: RenderMeans, limits: PdfLimits = LIMITS): Renderer {
  const localTime = localClock(timeZone);
  const names = new FolderNames();
  let shaper: Shaper | undefined;
  let open: PdfConversation | undefined;
  let chatId: string | undefined;
  let number = 0;

  const finish = async (sink: DocumentSink) => {
    await open?.finish(sink);
    open = undefined;
  };
  const begin = async (sink: DocumentSink, item: RenderItem | undefined) => {
    await finish(sink);
    shaper ??= await openShaper();
    // Its libraries are large, and most of what runs never makes a PDF.
    const { PdfConversation } = await import("./pdf-conversation.ts");
    const title = item ? conversationTitle(item) : "No messages";
    const numbered = number > 1 ? `${title} ${number}` : title;
    sink.begin(names.take(`${numbered}.pdf`), "conversation");
    open = new PdfConversation({ title: numbered, timeZone, localTime, shaper, open: openContent });
    return open;
  };
  const isFull = (document: PdfConversation, item: RenderItem, sink: DocumentSink): boolean =>
    document.messages >= limits.messages ||
    (document.messages > 0 && document.pictureBytes + document.newPictureBytes(item) > limits.pictureBytes) ||
    (document.messages > 0 && !sink.fits(document.unwritten + costOf(item), item));

  return {
    async add(item, sink) {
      if (item.message.chatId !== chatId) {
        [chatId, number] = [item.message.chatId, 1];
        await begin(sink, item);
      } else if (open && isFull(open, item, sink)) {
        number += 1;
        await begin(sink, item);
      }
      await open?.add(item, sink);
    },
    async end(sink) {
      if (chatId === undefined) await begin(sink, undefined);
      await finish(sink);
    },
  };
}

/** What a message adds to a document at the most, but pictures: each character may be a glyph that the font has not had yet. */
function costOf({ message, contents }: RenderItem): number {
  const { body, attachments, reactions } = message;
  const length = attachments.reduce((sum, { content = "", name = "" }) => sum + content.length + name.length, 0);
  const pictures = contents.reduce(
    (sum, { bytes = 0, sha256 }) => sum + (sha256 === undefined ? 0 : Math.min(bytes, 25_000_000)),
    0,
  );
  return 5_000 + 30 * (body.content.length + length) + 500 * (reactions.length + contents.length) + pictures;
}
