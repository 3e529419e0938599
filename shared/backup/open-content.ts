import type { ContentRecord } from "../archive/content-store.ts";
import type { Content, ContentSource, Resume, TransferTime } from "./content-source.ts";

/** Of a media type that is kept; more is not one. */
export const LONGEST_TYPE = 200;

/** Opens what a record refers to; a file from an offset where one is given. */
export function openContent(
  source: ContentSource,
  organizationId: string,
  { chatId, messageId, reference }: ContentRecord,
  from?: Resume,
  time?: TransferTime,
): Promise<Content> {
  return reference.kind === "hosted"
    ? source.hosted(organizationId, { chatId, messageId, hostedId: reference.hostedId }, time)
    : source.file(organizationId, { url: reference.url, ...(from ? { from } : {}) }, time);
}
