import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import { chatKey } from "../archive/chat-key.ts";
import type { ChatDirectoryStore } from "../archive/chat-directory.ts";
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
});

/** Snapshots in `chats` (partition organization|chat), the newest first: nothing is overwritten but Graph's mark of the newest one,
 * when it moved and nothing else did. Names in `directory`. */
export function chatTables(chatsClient: TableClient, directoryClient: TableClient): ChatDirectoryStore {
  const chats = table(chatsClient, snapshotRow);
  const people = personTable(directoryClient);
  const partition = (organizationId: string, chatId: string) => `${organizationId}|${chatKey(chatId)}`;
  const newest = async (organizationId: string, chatId: string) =>
    (await chats.page(partition(organizationId, chatId), 1))[0];
  return {
    async chat(organizationId, chatId) {
      const row = await newest(organizationId, chatId);
      if (!row) return undefined;
      const { updated } = row.value;
      return { ...(await unpackSnapshot(row.value)), ...(updated === undefined ? {} : { updated }) };
    },
    async hasChat(organizationId, key) {
      return (await chats.page(`${organizationId}|${key}`, 1)).length > 0;
    },
    person: people.find,
    introduce: people.introduce,
    async record(organizationId, { updated, ...snapshot }, seenAt) {
      const hash = hashId(JSON.stringify(snapshot));
      const row = await newest(organizationId, snapshot.chatId);
      await people.learn(organizationId, snapshot.members, seenAt);
      // Last, so that a snapshot that is there vouches for its people.
      if (row?.value.hash !== hash) {
        const value = { ...(await packSnapshot(snapshot)), hash, updated, seenAt };
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
