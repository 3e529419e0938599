import type { Block } from "./body.ts";
import { cardBlocks } from "./card-blocks.ts";
import { htmlBlocks, wrote } from "./html-blocks.ts";
import { iso } from "../platform/time.ts";
import { type Attachment, isRecord, parseInstant, type RawMessage } from "./message.ts";
import { pictureAt } from "./picture.ts";
import { fileKey, fileName, hostedKey } from "./references.ts";
import { safeAddress } from "./safe-address.ts";
import { plainRuns } from "./plain-runs.ts";
import { identity, type NameOf, speakDuration } from "./system-event.ts";

/** What stands for an attachment: a file's name, what a quote, a forward or a card says, or what it is. */
export function attachmentBlocks(attachment: Attachment, nameOf: NameOf): Block[] {
  const { contentType = "", content = "" } = attachment;
  const kind = contentType.replace(/^application\/vnd\.microsoft\.(teams\.)?(card\.)?/, "");
  const shown = BY_KIND.get(kind)?.(attachment, jsonOf(content), nameOf);
  if (shown !== undefined) return shown;
  if (contentType.startsWith("image/")) return [pictureBlock(attachment)];
  if (!contentType.startsWith("application/vnd.microsoft."))
    return [label("Attachment", attachment.name ?? (contentType || "unknown"), attachment.contentUrl)];
  const blocks = cardBlocks(content);
  return blocks.length > 0 ? [{ kind: "card", blocks }] : [label("Card", attachment.name, attachment.contentUrl)];
}

/** The message that an attachment quotes and the ids of people whose names stand above it; empty for other attachments. */
export function originalOf({ contentType, content = "" }: Attachment): { messageId?: string; people: string[] } {
  if (contentType !== "messageReference" && contentType !== "forwardedMessageReference") return { people: [] };
  const { messageId, messageSender, originalMessageSender } = jsonOf(content);
  const id = identity(messageSender ?? originalMessageSender)?.["id"];
  return {
    ...(contentType === "messageReference" && typeof messageId === "string" ? { messageId } : {}),
    people: typeof id === "string" ? [id] : [],
  };
}

/** Undefined: it is shown as any other card. */
type Show = (attachment: Attachment, content: RawMessage, nameOf: NameOf) => Block[] | undefined;

const SHOWN: Readonly<Record<string, Show>> = {
  reference: ({ name, contentUrl }) => {
    const file = label("File", contentUrl ? fileName(name, contentUrl) : name, contentUrl);
    return [contentUrl ? { ...file, content: fileKey(contentUrl) } : file];
  },
  messageReference: (_, { messagePreview, messageSender }, nameOf) => [
    {
      kind: "original",
      heading: wrote(senderName(messageSender, nameOf)),
      blocks: text(messagePreview) ? [{ kind: "paragraph", runs: plainRuns(text(messagePreview) ?? "") }] : [],
    },
  ],
  forwardedMessageReference: (_, { originalMessageContent, originalMessageSender, originalSentDateTime }, nameOf) => [
    {
      kind: "original",
      heading: `Forwarded from ${senderName(originalMessageSender, nameOf) ?? "somebody"}${sentAt(originalSentDateTime)}:`,
      blocks: htmlBlocks(text(originalMessageContent) ?? ""),
    },
  ],
  meetingReference: ({ name }, { meetingJoinUrl }) => [label("Meeting", name, text(meetingJoinUrl))],
  tabReference: ({ name, contentUrl }) => [label("Tab", name, contentUrl)],
  codesnippet: ({ name, contentUrl, teamsAppId }, { name: given, language, codeSnippetUrl }) => {
    if (teamsAppId === "FLUID_PLACEHOLDER_CARD") return [];
    const named = [text(given) ?? name, text(language) && `(${text(language)})`].filter(Boolean).join(" ");
    const content = hostedKey(text(codeSnippetUrl) ?? contentUrl ?? "");
    return [{ ...label("Code snippet", named), ...(content === undefined ? {} : { content }) }];
  },
  fluidEmbedCard: ({ name }, { componentUrl }) => [label("Loop component", name, text(componentUrl))],
  audio: (_, { duration, media, title, text: said }) => {
    if (!Array.isArray(media) || text(title) || text(said)) return undefined;
    const first: unknown = media[0];
    return [label("Voice message", speakDuration(duration), isRecord(first) ? text(first["url"]) : undefined)];
  },
};

const BY_KIND: ReadonlyMap<string, Show> = new Map(Object.entries(SHOWN));

function label(kind: string, name?: string, url?: string): Extract<Block, { kind: "attachment" }> {
  const href = safeAddress(url);
  return { kind: "attachment", label: name ? `${kind}: ${name}` : kind, ...(href === undefined ? {} : { href }) };
}

const pictureBlock = ({ name, contentUrl, thumbnailUrl }: Attachment): Block => ({
  kind: "paragraph",
  runs: [pictureAt(contentUrl ?? thumbnailUrl, name)],
});

function senderName(sender: unknown, nameOf: NameOf): string | undefined {
  const { displayName, id } = identity(sender) ?? {};
  return text(displayName) ?? (typeof id === "string" ? nameOf(id) : undefined);
}

/** `, 2026-01-31 08:30 UTC`: there is no zone here that a reader could expect. */
function sentAt(given: unknown): string {
  const instant = typeof given === "string" ? parseInstant(given) : undefined;
  return instant === undefined ? "" : `, ${iso(instant).slice(0, 16).replace("T", " ")} UTC`;
}

function jsonOf(content: string): RawMessage {
  try {
    const parsed: unknown = JSON.parse(content);
    return isRecord(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
