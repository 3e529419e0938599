import { hostedContentId } from "../content/hosted-content.ts";
import type { ChatMessage, IdentitySet } from "./chat-message.ts";
import type { ChatPlan } from "./chats.ts";
import { fileFor, type SharedFile } from "./files.ts";
import type { MessageKind, Writing } from "./kinds/kind.ts";
import { malformedTime } from "./kinds/oddities.ts";
import type { Directory, Person } from "./people.ts";
import { mix, randomFrom } from "./random.ts";
import { sentence } from "./texts/languages.ts";

export interface WriterContext {
  readonly directory: Directory;
  readonly files: readonly SharedFile[];
  /** Origin that bodies name in the addresses of pictures. */
  readonly graphUrl: () => string;
  /** See Sizes. */
  readonly malformedCreatedDates: boolean;
}

export interface Place {
  readonly chat: ChatPlan;
  readonly index: number;
  readonly created: Float64Array;
  readonly modifiedMs: number;
  readonly kind: MessageKind;
  readonly ordinal: number;
  /** Write what stood there before the edit or deletion. */
  readonly before: boolean;
}

const participants = (chat: ChatPlan): readonly Person[] => [...chat.members.map((m) => m.person), ...chat.former];

/** Whoever writes the message at this place; needs nothing but the place. */
function senderAt(chat: ChatPlan, index: number): Person {
  const people = participants(chat);
  return people[mix(chat.seed + 5, index) % people.length] as Person;
}

const textAt = (chat: ChatPlan, index: number): string =>
  sentence(senderAt(chat, index).language, randomFrom(mix(chat.seed + 7, index)));

export const identityOf = (person: Person): IdentitySet => ({
  application: null,
  device: null,
  user: {
    "@odata.type": "#microsoft.graph.teamworkUserIdentity",
    id: person.id,
    displayName: person.displayName,
    userIdentityType: person.identityType,
    ...(person.tenantId === null ? {} : { tenantId: person.tenantId }),
  },
});

export function blankMessage(
  chatId: string,
  createdMs: number,
  modifiedMs: number,
  sender: Person | null,
): ChatMessage {
  return {
    "@odata.type": "#microsoft.graph.chatMessage",
    id: String(createdMs),
    replyToId: null,
    etag: String(modifiedMs),
    messageType: "message",
    createdDateTime: new Date(createdMs).toISOString(),
    lastModifiedDateTime: new Date(modifiedMs).toISOString(),
    lastEditedDateTime: null,
    deletedDateTime: null,
    subject: null,
    summary: null,
    chatId,
    importance: "normal",
    locale: "en-us",
    webUrl: null,
    channelIdentity: null,
    policyViolation: null,
    eventDetail: null,
    from: sender === null ? null : identityOf(sender),
    body: { contentType: "text", content: "" },
    attachments: [],
    mentions: [],
    reactions: [],
    messageHistory: [],
  };
}

/** Writes one message. The same place gives the same message, down to the byte, for every participant and every call. */
export function writeMessage(context: WriterContext, place: Place): ChatMessage {
  const { chat, index, created } = place;
  const createdMs = created[index] as number;
  const sender = senderAt(chat, index);
  const people = participants(chat);
  const writing: Writing = {
    chat,
    directory: context.directory,
    id: String(createdMs),
    createdMs,
    modifiedMs: place.modifiedMs,
    sender,
    random: randomFrom(mix(chat.seed + 11, index)),
    ordinal: place.ordinal,
    text: textAt(chat, index),
    file:
      place.kind.usesFile && context.files.length > 0
        ? fileFor(context.files, place.ordinal, people.length)
        : undefined,
    hosted: (n, type, version = "v1.0") => {
      const id = hostedContentId(type, chat.id, createdMs, n);
      return {
        id,
        url: `${context.graphUrl()}/${version}/chats/${chat.id}/messages/${createdMs}/hostedContents/${id}/$value`,
      };
    },
    earlier: (back) => {
      const at = Math.max(0, index - back);
      const time = created[at] as number;
      const text = textAt(chat, at);
      return { id: String(time), createdDateTime: new Date(time).toISOString(), text, sender: senderAt(chat, at) };
    },
    member: (n) => people[n % people.length] as Person,
    identityOf,
  };
  const write = (place.before && place.kind.before) || place.kind.write;
  const malformed = context.malformedCreatedDates && place.kind.name === "event-callStarted";
  return {
    ...blankMessage(chat.id, createdMs, place.modifiedMs, sender),
    ...write(writing),
    ...(malformed ? { createdDateTime: malformedTime } : {}),
  };
}
