import type { Readable } from "node:stream";
import type { Person } from "../../archive/chat-directory.ts";
import type { ChatMessage } from "../../chats/message.ts";
import type { NameOf } from "../../chats/system-event.ts";
import type { Instant } from "../../platform/time.ts";

/** What became of one content that a message points to. */
export interface PlacedContent {
  /** Of the reference (`ContentReference.key`), as blocks and runs name it. */
  readonly key: string;
  /** The name that the message gives it, or one made up for a picture. */
  readonly name: string;
  /** Where it lies in the file set (`Attachments/…`); absent when it is missing or attachments were not asked for. */
  readonly entry?: string;
  readonly sha256?: string;
  readonly bytes?: number;
  /** Why it is missing, or what is wrong with it where it is there: a stable code. */
  readonly missing?: string;
  readonly kind: "hosted" | "file";
}

export interface RenderChat {
  readonly type?: string;
  readonly topic?: string;
  readonly members?: readonly Person[];
  /** Why there may be more of them, as a stable code. */
  readonly membersMissing?: string;
}

/** One message with everything that a document says about it. */
export interface RenderItem {
  readonly message: ChatMessage;
  /** As it was when the message was written. */
  readonly chat: RenderChat;
  /** As it was last known, by which a conversation as a whole is called; absent where that is `chat`. */
  readonly conversation?: RenderChat;
  readonly from: { readonly id?: string; readonly name?: string; readonly address?: string };
  readonly nameOf: NameOf;
  readonly contents: readonly PlacedContent[];
}

/** The bytes of a placed content, by its SHA-256. Throws `storage.not_found`. */
export type OpenContent = (sha256: string) => Promise<Readable>;

/** What was asked for, which a document tells of itself. */
export interface RenderHead {
  /** Whose chats these are. */
  readonly account: { readonly displayName: string; readonly userPrincipalName: string };
  readonly from: Instant;
  /** Excluded. */
  readonly to: Instant;
  /** IANA name. */
  readonly timeZone: string;
  readonly asOf?: Instant;
  readonly attachments: boolean;
  readonly systemEvents: boolean;
  /** The archive lacks some of the account's history. */
  readonly incomplete?: true;
}

/** What a renderer may use besides the messages. */
export interface RenderMeans {
  readonly head: RenderHead;
  readonly open: OpenContent;
}

/** Where a renderer writes a file set's documents, one after another. */
export interface DocumentSink {
  /** Opens the next document and ends the one before. The name is its path in the zip: safe, unique in the file set. */
  begin(name: string, kind: string): void;
  /** Whether the open document can take `bytes` more, and the message, and still fit one zip. False without a document. */
  fits(bytes: number, item?: RenderItem): boolean;
  /** Adds to the open document, which is cut into pieces where it no longer fits one zip: nothing is too large. `item` is the message told of, given once, with the first bytes about it. */
  write(bytes: Uint8Array, item?: RenderItem): Promise<void>;
}

/** Turns the messages of one file set, chat by chat and oldest first, into documents. What it writes depends on nothing but
 * what it is given: no clock, no chance, no order of arrival. A document is ended when the next message would not fit. */
export interface Renderer {
  add(item: RenderItem, sink: DocumentSink): Promise<void>;
  /** Takes note of a message, in its place among the others, of which only later versions are kept. */
  missing?(message: Pick<ChatMessage, "chatId">): void;
  /** Ends the file set; an empty one still has a document that says so, and of how many messages only later versions are kept. */
  end(sink: DocumentSink, notKept?: number): Promise<void>;
}
