import type { HostedType } from "../../content/hosted-content.ts";
import type { ChatMessage, IdentitySet } from "../chat-message.ts";
import type { ChatPlan } from "../chats.ts";
import type { SharedFile } from "../files.ts";
import type { Directory, Person } from "../people.ts";
import type { Random } from "../random.ts";

export interface Earlier {
  readonly id: string;
  readonly createdDateTime: string;
  readonly text: string;
  readonly sender: Person;
}

/** What a kind of message may use to write itself. */
export interface Writing {
  readonly chat: ChatPlan;
  readonly directory: Directory;
  readonly id: string;
  readonly createdMs: number;
  readonly modifiedMs: number;
  readonly sender: Person;
  readonly random: Random;
  /** How many messages of this kind were planned before this one; lets a kind go through its variants. */
  readonly ordinal: number;
  /** The sentence this message would be, were it plain text. */
  readonly text: string;
  readonly file: SharedFile | undefined;
  /** The n-th picture of this message: its id and the `$value` address as Graph writes it into bodies. */
  readonly hosted: (
    n: number,
    type: HostedType,
    version?: "v1.0" | "beta",
  ) => { readonly id: string; readonly url: string };
  /** A message some places earlier, or this one where there is none. */
  readonly earlier: (back: number) => Earlier;
  readonly member: (n: number) => Person;
  readonly identityOf: (person: Person) => IdentitySet;
}

export interface MessageKind {
  readonly name: string;
  /** Share among everyday messages; a kind without it is planted at chosen places only. */
  readonly weight?: number;
  /** How often it is planted (default 2). */
  readonly copies?: number;
  /** Hosted contents that one message of this kind has. */
  readonly hosted?: number;
  readonly usesFile?: boolean;
  readonly chatTypes?: readonly ChatPlan["chatType"][];
  /** Time between creation and last change, in ms. */
  readonly delayMs?: readonly [min: number, max: number];
  readonly write: (w: Writing) => Partial<ChatMessage>;
  /** What an edited or deleted message was before; it makes an earlier version. */
  readonly before?: (w: Writing) => Partial<ChatMessage>;
}

export const html = (content: string): Pick<ChatMessage, "body"> => ({ body: { contentType: "html", content } });
export const plain = (content: string): Pick<ChatMessage, "body"> => ({ body: { contentType: "text", content } });

export const escapeHtml = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
