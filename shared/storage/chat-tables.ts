import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import { chatKey } from "../archive/chat-key.ts";
import type { ChatDirectoryStore, ChatSnapshot, SnapshotTime } from "../archive/chat-directory.ts";
import { parseInstant } from "../chats/message.ts";
import type { Instant } from "../platform/time.ts";
import { hashId } from "../platform/new-id.ts";
import { downwards } from "./downwards.ts";
import { personTable } from "./person-table.ts";
import { packSnapshot, snapshotParts, unpackSnapshot } from "./snapshot-columns.ts";
import { table } from "./table.ts";

const snapshotRow = z.object({
  ...snapshotParts,
  hash: z.string(),
  updated: z.string().optional(),
  seenAt: z.number(),
  from: z.number().optional(),
});

/** What a column that a row does not have is answered with is null or nothing. */
const timeRow = z.object({
  seenAt: z.number(),
  from: z
    .number()
    .nullish()
    .transform((from) => from ?? undefined),
});

/** Snapshots in `chats` (partition organization|chat), the newest first: nothing is overwritten but Graph's mark of the newest one,
 * when it moved and nothing else did. Names in `directory`. */
export function chatTables(chatsClient: TableClient, directoryClient: TableClient): ChatDirectoryStore {
  const chats = table(chatsClient, snapshotRow);
  const times = table(chatsClient, timeRow, ["seenAt", "from"]);
  const people = personTable(directoryClient);
  const partition = (organizationId: string, chatId: string) => `${organizationId}|${chatKey(chatId)}`;
  const newest = async (organizationId: string, chatId: string) =>
    (await chats.page(partition(organizationId, chatId), 1))[0];
  const unpack = async (row: z.infer<typeof snapshotRow> | undefined): Promise<ChatSnapshot | undefined> => {
    if (!row) return undefined;
    const { updated } = row;
    return { ...(await unpackSnapshot(row)), ...(updated === undefined ? {} : { updated }) };
  };
  return {
    chat: async (organizationId, chatId) => unpack((await newest(organizationId, chatId))?.value),
    async snapshotTimes(organizationId, chatId) {
      const found: SnapshotTime[] = [];
      for await (const { value } of times.list(partition(organizationId, chatId)))
        found.push({ seenAt: value.seenAt, from: value.from ?? value.seenAt });
      return found.reverse();
    },
    async snapshotSeenAt(organizationId, chatId, seenAt) {
      const key = { partitionKey: partition(organizationId, chatId), rowKey: downwards(seenAt) };
      return unpack((await chats.get(key))?.value);
    },
    async chatIdOf(organizationId, key) {
      return (await unpack((await chats.page(`${organizationId}|${key}`, 1))[0]?.value))?.chatId;
    },
    person: people.find,
    introduce: people.introduce,
    async record(organizationId, { updated, ...snapshot }, seenAt) {
      const hash = hashId(JSON.stringify(snapshot));
      const row = await newest(organizationId, snapshot.chatId);
      await people.learn(organizationId, snapshot.members, seenAt);
      // Last, so that a snapshot that is there vouches for its people.
      if (row?.value.hash !== hash) {
        const value = {
          ...(await packSnapshot(snapshot)),
          hash,
          updated,
          seenAt,
          from: beganAt(updated, seenAt, row?.value),
        };
        await chats.upsert(
          { partitionKey: partition(organizationId, snapshot.chatId), rowKey: downwards(seenAt) },
          value,
        );
      } else if (row.value.updated !== updated) {
        await chats.upsert(row, { ...row.value, updated });
      }
    },
  };
}

/** From when on a chat is as it is seen: Graph's mark of a rename or a change of members, where it moved since the snapshot before. */
function beganAt(
  updated: string | undefined,
  seenAt: Instant,
  before: z.infer<typeof snapshotRow> | undefined,
): Instant {
  const changedAt = parseInstant(updated);
  if (changedAt === undefined || updated === before?.updated) return seenAt;
  return changedAt > (before?.from ?? before?.seenAt ?? 0) ? Math.min(changedAt, seenAt) : seenAt;
}
