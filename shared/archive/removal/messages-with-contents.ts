import { createHash } from "node:crypto";
import { parseMessage } from "../../chats/message.ts";
import { referencesOf } from "../../chats/references.ts";
import { isAppError } from "../../platform/errors.ts";
import { readPack } from "../archive-reader.ts";
import type { ArchiveOf, ArchiveStore, PackRow } from "../archive-store.ts";
import { isMonthPast } from "../retention.ts";
import { monthOf } from "../version.ts";

interface MessageId {
  readonly chatId: string;
  readonly id: string;
}

/** For filters of names. */
export const messageName = ({ chatId, id }: MessageId): string =>
  createHash("sha256").update(`${chatId}\n${id}`).digest("hex");

/** Messages of a pack that point to pictures or files, one for each version that does. None of what is damaged: nobody can say any
 * more what its messages pointed to. */
export async function* messagesWithContents(
  archive: ArchiveStore,
  of: ArchiveOf,
  pack: PackRow,
): AsyncGenerator<MessageId> {
  try {
    for await (const { chatId, id, raw } of readPack(archive, of, pack))
      if (referencesOf(parseMessage(raw)).length > 0) yield { chatId, id };
  } catch (error) {
    if (!isAppError(error, "archive.damaged")) throw error;
  }
}

/** Packs of months all of which is before that instant, in their order. */
export async function* pastPacks(archive: ArchiveStore, of: ArchiveOf, before: number): AsyncGenerator<PackRow> {
  if (!Number.isFinite(before)) return;
  for await (const pack of archive.packs(of, { from: "0", to: monthOf(before) })) {
    if (!isMonthPast(pack.month, before)) return;
    yield pack;
  }
}
