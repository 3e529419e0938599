import { type ChatDirectory, type ChatSnapshot, heldAt, type Person } from "../archive/chat-directory.ts";
import { type ChatMessage, writtenAt } from "../chats/message.ts";
import { remember } from "../platform/remember.ts";
import type { Instant } from "../platform/time.ts";
import type { NameOf } from "../chats/system-event.ts";
import { bodyPeople } from "../chats/read-body.ts";
import { inOrder } from "./in-order.ts";
import type { RenderItem } from "./render/renderer.ts";

/** Names that one rendering remembers: an account talks with few people at a time. */
const MOST_NAMES = 20_000;
/** Snapshots that it remembers. Messages come chat by chat and in the order of time, so that each is read once. */
const MOST_SNAPSHOTS = 64;
/** Names of a snapshot that are looked for at the same time. It has at most the thousand members of the largest meeting. */
const LOOKUPS = 16;

/** What a message needs besides itself: its chat, its sender, the names of the people it speaks of. */
export interface Surroundings {
  /** As it was when the message was written; members whom it does not name have the names that the directory knows. */
  readonly chat: ChatSnapshot | undefined;
  /** As it was at the moment that the download tells of, or when its account was last seen in it. */
  readonly conversation: ChatSnapshot | undefined;
  readonly from: RenderItem["from"];
  readonly nameOf: NameOf;
}

export interface People {
  around(message: ChatMessage): Promise<Surroundings>;
}

/** Reads the directory once per person and snapshot. A name is looked for in the message, in its chat, then in the directory. A
 * download as of a moment tells nothing newer of a chat, but of one that was first seen later. `userId`: whose archive is told, by
 * Graph's id. */
export function createPeople(
  directory: ChatDirectory,
  { organizationId, userId }: { readonly organizationId: string; readonly userId: string },
  asOf?: Instant,
): People {
  const persons = remember((id: string) => directory.person(organizationId, id), { most: MOST_NAMES });
  const times = remember((chatId: string) => directory.snapshotTimes(organizationId, chatId), { most: MOST_SNAPSHOTS });
  const named = async (member: Person): Promise<Person> =>
    member.name === undefined ? { ...(await persons(member.id)), ...member } : member;
  const snapshots = remember(
    async (chatId: string, seenAt: Instant) => {
      const snapshot = await directory.snapshotSeenAt(organizationId, chatId, seenAt);
      return snapshot && { ...snapshot, members: await Array.fromAsync(inOrder(snapshot.members, LOOKUPS, named)) };
    },
    { most: MOST_SNAPSHOTS },
  );
  const held = async (chatId: string, at: Instant) => {
    const time = heldAt(await times(chatId), at);
    return time && snapshots(chatId, time.seenAt);
  };
  const last = asOf ?? Number.POSITIVE_INFINITY;
  /** What became of a chat behind the back of somebody who left it is not theirs to know; of one that they were never seen in,
   * what was known first has to do. */
  const conversations = remember(
    async (chatId: string) => {
      const known = await times(chatId);
      for (let at = known.findLastIndex(({ from }) => from <= last); at > 0; at--) {
        const seen = await snapshots(chatId, known[at]?.seenAt ?? 0);
        if (seen && couldSee(seen, userId)) return seen;
      }
      return known[0] && snapshots(chatId, known[0].seenAt);
    },
    { most: MOST_SNAPSHOTS },
  );
  return {
    async around(message) {
      const chat = await held(message.chatId, Math.min(writtenAt(message) ?? message.modifiedAt ?? last, last));
      const conversation = await conversations(message.chatId);
      const known = new Map(chat?.members.map((member) => [member.id, member]));
      const { from } = message;
      const needed = [from?.id, ...bodyPeople(message), ...message.reactions.map(({ by }) => by.id)];
      for (const id of new Set(needed)) {
        if (id === undefined || (known.get(id)?.name !== undefined && known.get(id)?.address !== undefined)) continue;
        const person = await persons(id);
        if (person) known.set(id, { ...person, ...known.get(id) });
      }
      return { chat, conversation, from: sender(message, known), nameOf: (id) => known.get(id)?.name };
    },
  };
}

/** Whether somebody was in a chat, as far as its members are known. */
const couldSee = ({ members, membersMissing }: ChatSnapshot, userId: string): boolean =>
  membersMissing !== undefined || members.length === 0 || members.some(({ id }) => id === userId);

function sender({ from }: ChatMessage, known: ReadonlyMap<string, Person>): RenderItem["from"] {
  const person = from?.id === undefined ? undefined : known.get(from.id);
  const name = from?.name ?? person?.name;
  return {
    ...(from?.id === undefined ? {} : { id: from.id }),
    ...(name === undefined ? {} : { name }),
    ...(person?.address === undefined ? {} : { address: person.address }),
  };
}
