import { hashId } from "../platform/new-id.ts";
import type { Attachment, ChatMessage } from "./message.ts";
import { readHtml } from "./read-html.ts";

/** A picture, code snippet or other content that Teams hosts beside the message, or a file that the message links to.
 * `key` names it among the contents of its message and never changes. */
export type ContentReference =
  | { readonly kind: "hosted"; readonly key: string; readonly hostedId: string }
  | {
      readonly kind: "file";
      readonly key: string;
      readonly url: string;
      readonly name: string;
      readonly attachmentId: string;
    };

/** Finds every reference in a message, in the order of first mention and without repeats: pictures in the body, in cards
 * and in reactions, custom emoji, code snippets, forwarded originals (whose pictures answer under the forwarding message),
 * and files of OneDrive and SharePoint. Pictures on the open web are not Teams' content and are left alone. There are as many as the
 * message names, at any depth of its cards: what cannot be fetched is told by its record, never left out here. */
export function referencesOf(message: ChatMessage): ContentReference[] {
  const found = new Map<string, ContentReference>();
  const add = (reference: ContentReference) => {
    if (!found.has(reference.key)) found.set(reference.key, reference);
  };
  const hosted = (url: string) => {
    const hostedId = hostedContentId(url);
    if (hostedId !== undefined) add({ kind: "hosted", key: hashId("hosted", hostedId), hostedId });
  };
  if (message.body.contentType === "html") scanHtml(message.body.content, hosted);
  for (const attachment of message.attachments) scanAttachment(attachment, hosted, add);
  for (const { contentUrl } of message.reactions) if (contentUrl) hosted(contentUrl);
  return [...found.values()];
}

/** The key of the content under an address; undefined when Teams hosts none there. */
export function hostedKey(url: string): string | undefined {
  const hostedId = hostedContentId(url);
  return hostedId === undefined ? undefined : hashId("hosted", hostedId);
}

/** The key of a file that is shared under this address. */
export const fileKey = (contentUrl: string): string => hashId("file", contentUrl);

/** The id in the address of a hosted content's bytes, decoded; undefined when the address is anything else. */
export function hostedContentId(url: string): string | undefined {
  if (!/^https:\/\//i.test(url) || /[?#]/.test(url)) return undefined;
  const [, version = "", ...path] = url.slice("https://".length).split("/");
  const names = path.map((segment) => segment.toLowerCase());
  const encoded = path.at(-2);
  const chats = names.findIndex((name) => name === "chats" || name.startsWith("chats('"));
  const messages = names.findIndex((name, at) => at > chats && (name === "messages" || name.startsWith("messages('")));
  const shaped = chats >= 0 && messages >= 0 && names.at(-3) === "hostedcontents" && names.at(-1) === "$value";
  if (!shaped || !encoded || !/^(v1\.0|beta)$/i.test(version)) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

function scanAttachment(
  attachment: Attachment,
  hosted: (url: string) => void,
  add: (reference: ContentReference) => void,
): void {
  const { contentType = "", contentUrl, content, name } = attachment;
  if (contentType === "reference" && contentUrl) {
    add({
      kind: "file",
      key: fileKey(contentUrl),
      url: contentUrl,
      name: fileName(name, contentUrl),
      attachmentId: attachment.id ?? "",
    });
    return;
  }
  if (contentUrl) hosted(contentUrl);
  if (attachment.thumbnailUrl) hosted(attachment.thumbnailUrl);
  if (content) scanJson(content, hosted);
}

function scanJson(content: string, hosted: (url: string) => void): void {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch {
    scanHtml(content, hosted);
    return;
  }
  scanValue(parsed, hosted);
}

/** By a list of what is left rather than by calls: hostile JSON nests deeper than these can. */
function scanValue(whole: unknown, hosted: (url: string) => void): void {
  const left = [whole];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value === "string") {
      hosted(value);
      if (value.includes("<")) scanHtml(value, hosted);
    } else if (typeof value === "object" && value !== null) {
      for (const inner of Object.values(value).reverse()) left.push(inner);
    }
  }
}

function scanHtml(html: string, hosted: (url: string) => void): void {
  readHtml(html, {
    open: (_tag, attributes) => {
      for (const name of ["src", "source", "itemid"]) {
        const url = attributes[name];
        if (url) hosted(url);
      }
    },
  });
}

/** What a shared file is called: by the message, else by its address. */
export const fileName = (name: string | undefined, contentUrl: string): string => name || lastSegment(contentUrl);

function lastSegment(url: string): string {
  const segment = url.split(/[?#]/)[0]?.split("/").pop() ?? "";
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
