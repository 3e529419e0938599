import { readPack } from "./archive-reader.ts";
import type { ArchiveOf, ArchiveStore, PackRow } from "./archive-store.ts";

/** Graph's ids of the chats in a pack: from its row, or else from the pack, which is sorted by chat. Throws `archive.damaged`,
 * also for a pack that is missing. */
export async function* chatsInPack(archive: ArchiveStore, of: ArchiveOf, pack: PackRow): AsyncGenerator<string> {
  if (pack.chats) return yield* pack.chats.map(({ chatId }) => chatId);
  let last: string | undefined;
  for await (const { chatId } of readPack(archive, of, pack)) {
    if (chatId !== last) yield chatId;
    last = chatId;
  }
}
