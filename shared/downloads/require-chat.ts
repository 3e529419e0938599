import type { ArchiveReader } from "../archive/archive-reader.ts";
import type { ChatDirectory } from "../archive/chat-directory.ts";
import { AppError } from "../platform/errors.ts";

export interface RequireChatDeps {
  readonly archive: ArchiveReader;
  readonly chats: ChatDirectory;
}

/** Throws `download.chat_not_found` unless the account's archive holds messages of the chat, by rows alone. Where these do not
 * know, a chat that the organization's directory knows passes: nobody is refused what may be there. */
export async function requireChat(
  { archive, chats }: RequireChatDeps,
  organizationId: string,
  accountId: string,
  chatId: string,
): Promise<void> {
  const isHeld = await archive.holdsChat(organizationId, accountId, chatId);
  if (isHeld ?? (await chats.hasChat(organizationId, chatId))) return;
  throw new AppError("not_found", "download.chat_not_found", "The account has no such chat in the archive", {
    context: { accountId, chatId },
  });
}
