import { attachmentText } from "./attachment-text.ts";
import { htmlToText } from "./html-text.ts";
import { type ChatMessage, isRecord } from "./message.ts";
import { eventKind, eventPeople, type NameOf, systemEventSentence } from "./system-event.ts";

/** A message as a person would read it, as plain text with `\n` between lines: subject, body, attachments where the body
 * places them and the others below; an event as its sentence; marks in brackets where a message was deleted or withheld.
 * Never throws, whatever Graph sent; time grows with the length of the message. */
export function messageText(message: ChatMessage, nameOf: NameOf): string {
  if (isSystemEvent(message)) return eventText(message, nameOf);
  const placed = new Set<string>();
  const byId = new Map(message.attachments.map((attachment) => [attachment.id ?? "", attachment]));
  const attachment = (id: string): string | undefined => {
    const found = placed.has(id) ? undefined : byId.get(id);
    placed.add(id);
    return found && attachmentText(found);
  };
  const { contentType, content } = message.body;
  const body = contentType === "html" ? htmlToText(content, { attachment }) : content.replaceAll("\r\n", "\n").trim();
  const others = message.attachments.filter(({ id }) => !placed.has(id ?? "")).map(attachmentText);
  const parts = [message.subject ?? "", body, ...others, ...marks(message)];
  return parts.filter((part) => part !== "").join("\n");
}

export const isSystemEvent = (message: ChatMessage): boolean =>
  message.type === "systemEventMessage" || message.eventDetail !== undefined;

/** User ids whose names `messageText` will ask for. */
export const textPeople = (message: ChatMessage): string[] =>
  message.eventDetail ? eventPeople(message.eventDetail) : [];

function eventText({ eventDetail, body }: ChatMessage, nameOf: NameOf): string {
  const detail = eventDetail ?? {};
  const sentence = systemEventSentence(detail, nameOf);
  if (sentence !== undefined) return sentence;
  const text = body.contentType === "html" ? htmlToText(body.content) : body.content.trim();
  return text || `System event: ${eventKind(detail) || "unknown"}`;
}

function marks({ deletedAt, policyViolation }: ChatMessage): string[] {
  const found = deletedAt === undefined ? [] : ["[deleted]"];
  const action = policyViolation?.["dlpAction"];
  if (typeof action !== "string" || !action.includes("block")) return found;
  const tip = policyViolation?.["policyTip"];
  const reason = isRecord(tip) && typeof tip["generalText"] === "string" ? `: ${tip["generalText"]}` : "";
  return [...found, `[blocked by a policy of the organization${reason}]`];
}
