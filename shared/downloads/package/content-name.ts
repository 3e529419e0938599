import type { ContentRecord } from "../../archive/content-store.ts";
import type { ContentReference } from "../../chats/references.ts";
import { shorten } from "./entry-name.ts";

/** Bytes: a hostile name would weigh on every manifest that lists it. No store of files takes a name of more than 255 characters. */
const LONGEST_NAME = 3 * 255;

const EXTENSIONS: Readonly<Record<string, string>> = {
  "image/png": "image.png",
  "image/jpeg": "image.jpg",
  "image/gif": "image.gif",
  "image/webp": "image.webp",
  "image/bmp": "image.bmp",
  "image/svg+xml": "image.svg",
  "image/tiff": "image.tiff",
  "image/heic": "image.heic",
  "text/plain": "content.txt",
  "text/html": "content.html",
  "application/json": "content.json",
  "audio/mp4": "audio.m4a",
  "video/mp4": "video.mp4",
};

/** What a content is called, before that is made safe. Hosted ones have no name of their own; nearly all are pictures. `number`: which
 * of several in the message it is. */
export function contentName(
  reference: ContentReference,
  record: ContentRecord | undefined,
  number: number | undefined,
): string {
  if (reference.kind === "file" && reference.name !== "") return shorten(reference.name.toWellFormed(), LONGEST_NAME);
  if (record?.state !== "stored") return number === undefined ? "picture" : `picture ${number}`;
  const type = record.type?.split(";")[0]?.trim().toLowerCase() ?? "";
  return EXTENSIONS[type] ?? (type.startsWith("image/") ? "image.bin" : "content.bin");
}
