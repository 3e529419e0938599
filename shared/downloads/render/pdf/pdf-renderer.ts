import { conversationName } from "../conversation-title.ts";
import { localClock } from "../local-clock.ts";
import { endingIn, FolderNames } from "../../package/entry-name.ts";
import { emptyText } from "../../package/note.ts";
import type { DocumentSink, Renderer, RenderItem, RenderMeans } from "../renderer.ts";
import type { Told } from "./layout/document-head.ts";
import type { PdfConversation } from "./pdf-conversation.ts";
import { openShaper, type Shaper } from "./type/shaper.ts";

export interface PdfLimits {
  readonly messages: number;
  /** Of pictures, as they lie in the document. */
  readonly pictureBytes: number;
}

/** Larger documents open slowly. */
const LIMITS: PdfLimits = { messages: 5_000, pictureBytes: 50_000_000 };

/** `told` is absent where there are no messages. */
interface Conversation {
  readonly title: string;
  readonly told?: Told;
}

/** The document that is being written. */
interface Open {
  readonly of: Conversation;
  /** What tells the conversation from those before whose name is the same: ` (2)`, or nothing. */
  readonly mark: string;
  /** Among the documents of the conversation, from 1. */
  readonly number: number;
  readonly document: PdfConversation;
}

/** `{conversation}.pdf`, then `{conversation} 2.pdf` …: one document per conversation, each whole by itself. Pages are written as
 * they fill, so that memory does not grow with the document but by a few bytes for each page and glyph. */
export function pdfRenderer({ head, open: openContent }: RenderMeans, limits: PdfLimits = LIMITS): Renderer {
  const localTime = localClock(head.timeZone);
  const names = new FolderNames();
  let shaper: Shaper | undefined;
  let open: Open | undefined;
  /** Of the conversation that comes next. */
  let ahead = { chatId: "", missing: 0 };

  /** The first document of a conversation, or the next where one of it is open. */
  const begin = async (sink: DocumentSink, of: Conversation): Promise<PdfConversation> => {
    const before = open?.of === of ? open : undefined;
    await open?.document.finish(sink, before !== undefined);
    shaper ??= await openShaper();
    // Its libraries are large, and most of what runs never makes a PDF.
    const { PdfConversation } = await import("./pdf-conversation.ts");
    const number = (before?.number ?? 0) + 1;
    const numbered = before ? `${before.mark} ${number}` : "";
    const taken = names.takeMarked(endingIn(of.title, `${numbered}.pdf`));
    sink.begin(taken.name, "conversation");
    const called = { ...of, mark: `${numbered}${taken.mark}` };
    const { pictureBytes } = limits;
    const means = { head, localTime, shaper, open: openContent, pictureBytes };
    const document = new PdfConversation({ ...called, ...means, number });
    if (of.told?.chatId === ahead.chatId) document.miss(ahead.missing);
    ahead = { chatId: "", missing: 0 };
    open = { of, mark: before?.mark ?? taken.mark, number, document };
    return document;
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
      const same = open?.of.told?.chatId === item.message.chatId ? open : undefined;
      const of = same?.of ?? conversationOf(item);
      let document = same?.document ?? (await begin(sink, of));
      const textBytes = document.textBytes(item, sink);
      if (document.messages > 0 && isFull(document, item, textBytes, sink)) document = await begin(sink, of);
      let rest = await document.add(item, sink, textBytes);
      while (rest.length > 0) rest = await (await begin(sink, of)).goOn(item, rest, sink);
    },
    missing({ chatId }) {
      if (open?.of.told?.chatId === chatId) open.document.miss(1);
      else ahead = { chatId, missing: (ahead.chatId === chatId ? ahead.missing : 0) + 1 };
    },
    async end(sink, notKept = 0) {
      if (!open) (await begin(sink, { title: "No messages" })).say(emptyText(notKept));
      await open?.document.finish(sink);
    },
  };
}

const conversationOf = (item: RenderItem): Conversation => {
  const { message, chat, conversation = chat, nameOf } = item;
  return { title: conversationName(item), told: { chatId: message.chatId, chat: conversation, nameOf } };
};
