import { conversationName } from "../conversation-title.ts";
import { localClock } from "../local-clock.ts";
import { FolderNames } from "../../package/entry-name.ts";
import { emptyText } from "../../package/note.ts";
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
    const title = item ? conversationName(item) : "No messages";
    const numbered = number > 1 ? `${title} ${number}` : title;
    sink.begin(names.take(`${numbered}.pdf`), "conversation");
    const { pictureBytes } = limits;
    open = new PdfConversation({ title: numbered, timeZone, localTime, shaper, open: openContent, pictureBytes });
    return open;
  };
  const isFull = (document: PdfConversation, item: RenderItem, textBytes: number, sink: DocumentSink): boolean => {
    const pictures = document.newPictureBytes(item);
    return (
      document.messages >= limits.messages ||
      document.pictureBytes + pictures > limits.pictureBytes ||
      !sink.fits(document.unwritten + textBytes + pictures, item)
    );
  };

  return {
    async add(item, sink) {
      const { chatId: itsChat } = item.message;
      const same = itsChat === chatId ? open : undefined;
      if (!same) [chatId, number] = [itsChat, 1];
      let document = same ?? (await begin(sink, item));
      const next = () => {
        number += 1;
        return begin(sink, item);
      };
      const textBytes = document.textBytes(item, sink);
      if (document.messages > 0 && isFull(document, item, textBytes, sink)) document = await next();
      let rest = await document.add(item, sink, textBytes);
      while (rest.length > 0) rest = await (await next()).goOn(item, rest, sink);
    },
    async end(sink, notKept = 0) {
      if (chatId === undefined) (await begin(sink, undefined)).say(emptyText(notKept));
      await finish(sink);
    },
  };
}
