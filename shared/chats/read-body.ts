import { attachmentBlocks, originalOf } from "./attachment-blocks.ts";
import { blocksText } from "./block-text.ts";
import type { Block } from "./body.ts";
import { htmlBlocks } from "./html-blocks.ts";
import { type ChatMessage, isRecord, type Mention } from "./message.ts";
import { plainRuns } from "./plain-runs.ts";
import { eventAddress, eventKind, eventPeople, type NameOf, systemEventSentence } from "./system-event.ts";

/** Everything that a message shows: importance, subject, what became of it, its body with attachments where the body places
 * them, the other attachments behind; an event as its sentence. Not its sender, dates, edits and reactions, which stand around
 * it. Never throws, whatever Graph sent; time grows with the length of the message. `nameOf` is asked for `bodyPeople`. */
export function readBody(message: ChatMessage, nameOf: NameOf): Block[] {
  const importance = IMPORTANCE.get(message.importance ?? "");
  const blocks = readContent(message, nameOf);
  return importance === undefined ? blocks : [{ kind: "notice", text: importance }, ...blocks];
}

const IMPORTANCE: ReadonlyMap<string, string> = new Map([
  ["high", "Important"],
  ["urgent", "Urgent"],
]);

/** `readBody` without the importance. */
export function readContent(message: ChatMessage, nameOf: NameOf): Block[] {
  if (isSystemEvent(message)) {
    const href = eventAddress(message.eventDetail ?? {});
    return [{ kind: "notice", text: eventText(message, nameOf), ...(href !== undefined && { href }) }];
  }
  const unplaced = new Set(message.attachments);
  // Several may share an id: each mark of it places the next.
  const sharing = Map.groupBy(message.attachments, ({ id }) => id ?? "");
  const byId = new Map([...sharing].map(([id, same]) => [id, same.values()]));
  const attachment = (id: string): Block[] => {
    const found = byId.get(id)?.next().value;
    if (!found) return [];
    unplaced.delete(found);
    return attachmentBlocks(found, nameOf);
  };
  const mentions = new Map(message.mentions.toReversed().map((one) => [String(one.id), one]));
  const mention = (id: string): string | undefined => {
    const found = mentions.get(id);
    return found && mentionName(found, nameOf);
  };
  const { contentType, content } = message.body;
  const body = contentType === "html" ? htmlBlocks(content, { attachment, mention }) : plainBlocks(content);
  const behind = [...unplaced].flatMap((one) => attachmentBlocks(one, nameOf));
  return [...notices(message), ...behalf(message, nameOf), ...subject(message), ...body, ...behind];
}

export const isSystemEvent = ({ type, eventDetail, from, body }: ChatMessage): boolean =>
  type === "systemEventMessage" ||
  eventDetail !== undefined ||
  (from === undefined && body.contentType === "html" && EVENT_BODY.test(body.content));

/** The whole body of an event, whose type is `unknownFutureValue` where Graph was not asked for what it is. */
const EVENT_BODY = /^\s*<systemEventMessage\s*(\/>|>\s*<\/systemEventMessage>)\s*$/i;

/** Ids of the people whose names `readBody` may ask for. */
export function bodyPeople({ eventDetail, attachments, mentions, from }: ChatMessage): string[] {
  if (eventDetail) return eventPeople(eventDetail);
  const { name, id } = from?.onBehalfOf ?? {};
  const behalf = name === undefined && id !== undefined ? [id] : [];
  const mentioned = mentions.flatMap(({ text, target }) => (text || target.id === undefined ? [] : [target.id]));
  return [...attachments.flatMap((attachment) => originalOf(attachment).people), ...mentioned, ...behalf];
}

/** Whom a mention names. */
export const mentionName = ({ text, target: { name, id } }: Mention, nameOf: NameOf): string | undefined =>
  text || name || (id === undefined ? undefined : (nameOf(id) ?? id));

/** What happened, in a sentence; of an event of no known kind, which it was. */
export function eventText({ eventDetail, body }: ChatMessage, nameOf: NameOf): string {
  const detail = eventDetail ?? {};
  const sentence = systemEventSentence(detail, nameOf);
  if (sentence !== undefined) return sentence;
  const text = body.contentType === "html" ? blocksText(htmlBlocks(body.content)) : body.content.trim();
  return text || `System event: ${eventKind(detail) || "unknown"}`;
}

function plainBlocks(content: string): Block[] {
  const text = content.trimEnd().replace(/^[\r\n]+/, "");
  return text === "" ? [] : [{ kind: "paragraph", runs: plainRuns(text) }];
}

/** For whom a bot spoke. */
function behalf({ from }: ChatMessage, nameOf: NameOf): Block[] {
  const { name, id } = from?.onBehalfOf ?? {};
  const who = name ?? (id === undefined ? undefined : (nameOf(id) ?? id));
  return who === undefined ? [] : [{ kind: "notice", text: `On behalf of ${who}` }];
}

const subject = ({ subject: text }: ChatMessage): Block[] =>
  text ? [{ kind: "paragraph", runs: plainRuns(text), heading: 1 }] : [];

/** Who overrides a block sends the message all the same. Source: Microsoft Graph, "chatMessagePolicyViolation". */
function overridden({ userAction, justificationText: why }: ChatMessage["policyViolation"] = {}): string[] {
  if (typeof userAction !== "string" || !userAction.includes("override")) return [];
  return [`Its sender overrode that${typeof why === "string" && why !== "" ? `: ${why}` : "."}`];
}

function notices({ deletedAt, policyViolation }: ChatMessage): Block[] {
  const deleted: Block[] = deletedAt === undefined ? [] : [{ kind: "notice", text: "This message was deleted." }];
  const action = policyViolation?.["dlpAction"];
  if (typeof action !== "string" || !action.includes("block")) return deleted;
  const tip = policyViolation?.["policyTip"];
  const reason = isRecord(tip) && typeof tip["generalText"] === "string" ? `: ${tip["generalText"]}` : ".";
  const blocked = `This message was blocked by a policy of the organization${reason}`;
  return [...deleted, ...[blocked, ...overridden(policyViolation)].map((text) => ({ kind: "notice" as const, text }))];
}
