import { hashId } from "../platform/new-id.ts";

/** Bytes on their way in. The id sorts by the time at which the upload began. */
export const uploadName = (uploadId: string): string => `uploads/${uploadId}`;

/** A message's id where table keys allow it. */
export const messageKey = (messageId: string): string =>
  /^[\w-]{1,64}$/.test(messageId) ? messageId : hashId("message", messageId);
