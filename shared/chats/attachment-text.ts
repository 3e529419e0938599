import { cardText } from "./card-text.ts";
import { htmlToText } from "./html-text.ts";
import { type Attachment, isRecord, type RawMessage } from "./message.ts";

/** What stands in a text for an attachment: a file's name, the text of a quote, a forward or a card, or what it is. */
export function attachmentText(attachment: Attachment): string {
  const { contentType = "", content = "" } = attachment;
  const kind = contentType.replace(/^application\/vnd\.microsoft\.(teams\.)?(card\.)?/, "");
  const shown = BY_KIND[kind]?.(attachment, json(content));
  if (shown !== undefined) return shown;
  if (contentType.startsWith("application/vnd.microsoft.")) return cardText(content) || named("card", attachment);
  if (contentType.startsWith("image/")) return named("picture", attachment);
  return named("attachment", attachment) === "[attachment]"
    ? `[attachment: ${contentType || "unknown"}]`
    : named("attachment", attachment);
}

type Show = (attachment: Attachment, content: RawMessage) => string | undefined;

const BY_KIND: Readonly<Record<string, Show>> = {
  reference: (attachment) => named("file", attachment),
  messageReference: (_, { messagePreview, messageSender }) =>
    quoted(`${senderName(messageSender) ?? "Somebody"} wrote:`, text(messagePreview) ?? ""),
  forwardedMessageReference: (_, { originalMessageContent, originalMessageSender }) =>
    quoted(
      `Forwarded from ${senderName(originalMessageSender) ?? "somebody"}:`,
      htmlToText(text(originalMessageContent) ?? ""),
    ),
  meetingReference: (_, { meetingJoinUrl }) => `[meeting${text(meetingJoinUrl) ? ` ${text(meetingJoinUrl)}` : ""}]`,
  tabReference: (attachment) => named("tab", attachment),
  codesnippet: (attachment, { name }) => named("code snippet", { name: text(name) ?? attachment.name }),
  fluidEmbedCard: (attachment, { componentUrl }) =>
    `[Loop component${text(componentUrl) ? ` ${text(componentUrl)}` : attachment.name ? `: ${attachment.name}` : ""}]`,
  audio: (_, { duration, media }) =>
    Array.isArray(media) ? `[voice message${text(duration) ? `, ${duration as string}` : ""}]` : undefined,
};

function quoted(head: string, body: string): string {
  const lines = body === "" ? [] : body.split("\n").map((line) => `> ${line}`);
  return [head, ...lines].join("\n");
}

const named = (kind: string, { name }: { readonly name?: string | undefined }): string =>
  name ? `[${kind}: ${name}]` : `[${kind}]`;

function senderName(sender: unknown): string | undefined {
  if (!isRecord(sender)) return undefined;
  for (const kind of ["user", "application", "device", "conversation"]) {
    const identity = sender[kind];
    if (isRecord(identity) && text(identity["displayName"])) return text(identity["displayName"]);
  }
  return undefined;
}

function json(content: string): RawMessage {
  try {
    const parsed: unknown = JSON.parse(content);
    return isRecord(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
