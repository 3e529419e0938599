import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import type { ChatDirectoryStore, ChatSnapshot, Person } from "../archive/chat-directory.ts";
import { hashId } from "../platform/new-id.ts";
import { chatKey } from "../archive/chat-key.ts";
import { table } from "./table.ts";

const person = z.object({ id: z.string(), name: z.string().optional(), address: z.string().optional() });
const snapshotRow = z.object({ snapshot: z.instanceof(Uint8Array), hash: z.string(), seenAt: z.number() });
const personRow = person.extend({ seenAt: z.number() });
const snapshot = z.object({
  chatId: z.string(),
  type: z.string().optional(),
  topic: z.string().optional(),
  updated: z.string().optional(),
  tenantId: z.string().optional(),
  members: z.array(person),
  membersMissing: z.string().optional(),
});

const compress = promisify(gzip);
const expand = promisify(gunzip);

/** Snapshots in `chats` (partition organization|chat) and names in `directory` (partition organization|person), rows by the
 * time they were first seen: nothing is overwritten. */
export function chatTables(chatsClient: TableClient, directoryClient: TableClient): ChatDirectoryStore {
  const chats = table(chatsClient, snapshotRow);
  const people = table(directoryClient, personRow);
  const newestChat = async (organizationId: string, chatId: string) => {
    let newest: z.output<typeof snapshotRow> | undefined;
    for await (const { value } of chats.list(`${organizationId}|${chatKey(chatId)}`)) newest = value;
    return newest;
  };
  const newestPerson = async (organizationId: string, userId: string) => {
    let newest: z.output<typeof personRow> | undefined;
    for await (const { value } of people.list(personPartition(organizationId, userId))) newest = value;
    return newest;
  };
  return {
    async chat(organizationId, chatId) {
      const newest = await newestChat(organizationId, chatId);
      return newest && (snapshot.parse(JSON.parse((await expand(newest.snapshot)).toString("utf8"))) as ChatSnapshot);
    },
    async hasChat(organizationId, key) {
      return (await chats.page(`${organizationId}|${key}`, 1)).length > 0;
    },
    async person(organizationId, userId) {
      const newest = await newestPerson(organizationId, userId);
      return newest && toPerson(newest);
    },
    async record(organizationId, given, seenAt) {
      const text = JSON.stringify(given);
      const hash = hashId(text);
      if ((await newestChat(organizationId, given.chatId))?.hash === hash) return;
      for (const member of given.members) {
        const known = await newestPerson(organizationId, member.id);
        if (known?.name === member.name && known?.address === member.address) continue;
        await people.upsert(
          { partitionKey: personPartition(organizationId, member.id), rowKey: time(seenAt) },
          { ...member, seenAt },
        );
      }
      // Last, so that a snapshot that is there vouches for its people.
      const packed = await compress(text);
      await chats.upsert(
        { partitionKey: `${organizationId}|${chatKey(given.chatId)}`, rowKey: time(seenAt) },
        { snapshot: packed, hash, seenAt },
      );
    },
  };
}

const personPartition = (organizationId: string, userId: string): string =>
  `${organizationId}|${hashId("person", userId)}`;
const time = (instant: number): string => String(instant).padStart(14, "0");
const toPerson = ({ id, name, address }: z.output<typeof personRow>): Person => ({
  id,
  ...(name === undefined ? {} : { name }),
  ...(address === undefined ? {} : { address }),
});
