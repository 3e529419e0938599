import type { ArchiveReader } from "../archive/archive-reader.ts";
import type { ChatDirectory } from "../archive/chat-directory.ts";
import { chatKey } from "../archive/chat-key.ts";
import { AppError } from "../platform/errors.ts";
import { id } from "../platform/ids.ts";

export interface FindChatDeps {
  readonly archive: ArchiveReader;
  readonly chats: ChatDirectory;
}

/** Graph's id of a chat, asked for by that or by the vault's. Throws `download.chat_not_found` unless the account's archive holds
 * messages of the chat, by rows alone. Where these do not know, a chat that the organization's directory knows passes: nobody is
 * refused what may be there. */
export async function findChat(
  { archive, chats }: FindChatDeps,
  organizationId: string,
  accountId: string,
  asked: string,
): Promise<string> {
  const key = id.safeParse(asked).success ? asked : chatKey(asked);
  const held = await archive.chatIdOf(organizationId, accountId, key);
  const found = held === undefined ? await chats.chatIdOf(organizationId, key) : held;
  if (found) return found;
  throw new AppError("not_found", "download.chat_not_found", "The account has no such chat in the archive", {
    context: { accountId, chatId: key },
  });
}
