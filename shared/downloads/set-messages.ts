import type { ArchiveReader } from "../archive/archive-reader.ts";
import type { MessageVersion } from "../archive/version.ts";
import { type ChatMessage, parseMessage } from "../chats/message.ts";
import { isSystemEvent } from "../chats/read-body.ts";
import { chooseVersions } from "./choose-versions.ts";
import type { Download, FileSet } from "./download-store.ts";

/** A message of a file set; `isKept` is false where it existed by the `asOf` that was asked for, but the archive keeps later
 * versions of it alone: then it is one of those, to be named and not to be shown. */
export interface SetMessage {
  readonly message: ChatMessage;
  readonly isKept: boolean;
}

/** The messages of one file set, in the archive's order, one version each. A message of which neither date
 * nor id says when it was written is told in the last window, so that it is in exactly one. */
export async function* setMessages(
  archive: ArchiveReader,
  {
    organizationId,
    download,
    set,
  }: { readonly organizationId: string; readonly download: Download; readonly set: FileSet },
): AsyncGenerator<SetMessage> {
  const chat = download.chatId === undefined ? {} : { chatId: download.chatId };
  const versions = archive.versions(organizationId, set.accountId, { from: set.from, to: set.to, ...chat });
  for await (const { version, isLater } of chooseVersions(versions, { asOf: download.asOf })) {
    if (!isInWindow(version, download, set)) continue;
    const message = parseMessage(version.raw);
    if (download.systemEvents || !isSystemEvent(message)) yield { message, isKept: !isLater };
  }
}

const isInWindow = ({ createdAt }: MessageVersion, download: Download, { to }: FileSet): boolean =>
  createdAt !== undefined || to === download.to;
