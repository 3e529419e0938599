import { type ChatDirectory, type ChatSnapshot, heldAt, type Person } from "../archive/chat-directory.ts";
import { type ChatMessage, writtenAt } from "../chats/message.ts";
import { remember } from "../platform/remember.ts";
import type { Instant } from "../platform/time.ts";
import type { NameOf } from "../chats/system-event.ts";
import { bodyPeople } from "../chats/read-body.ts";
import type { RenderItem } from "./render/renderer.ts";

/** Names that one rendering remembers: an account talks with few people at a time. */
const MOST_NAMES = 20_000;
/** Snapshots that it remembers. Messages come chat by chat and in the order of time, so that each is read once. */
const MOST_SNAPSHOTS = 64;
/** Members of a snapshot whose names are looked for: a mail names 100 besides its sender. */
const MOST_MEMBERS = 101;

/** What a message needs besides itself: its chat, its sender, the names of the people it speaks of. */
export interface Surroundings {
  /** As it was when the message was written; members whom it does not name have the names that the directory knows. */
  readonly chat: ChatSnapshot | undefined;
  /** As it was at the moment that the download tells of. */
  readonly conversation: ChatSnapshot | undefined;
  readonly from: RenderItem["from"];
  readonly nameOf: NameOf;
}

export interface People {
  around(message: ChatMessage): Promise<Surroundings>;
}

/** Reads the directory once per person and snapshot. A name is looked for in the message, in its chat, then in the directory. A
 * download as of a moment tells nothing newer of a chat, but of one that was first seen later. */
export function createPeople(directory: ChatDirectory, organizationId: string, asOf?: Instant): People {
  const persons = remember((id: string) => directory.person(organizationId, id), { most: MOST_NAMES });
  const times = remember((chatId: string) => directory.snapshotTimes(organizationId, chatId), { most: MOST_SNAPSHOTS });
  const named = async (member: Person, at: number): Promise<Person> =>
    at < MOST_MEMBERS && member.name === undefined ? { ...(await persons(member.id)), ...member } : member;
  const snapshots = remember(
    async (chatId: string, seenAt: Instant) => {
      const snapshot = await directory.snapshotSeenAt(organizationId, chatId, seenAt);
      return snapshot && { ...snapshot, members: await Promise.all(snapshot.members.map(named)) };
    },
    { most: MOST_SNAPSHOTS },
  );
  const held = async (chatId: string, at: Instant) => {
    const time = heldAt(await times(chatId), at);
    return time && snapshots(chatId, time.seenAt);
  };
  return {
    async around(message) {
      const last = asOf ?? Number.POSITIVE_INFINITY;
      const chat = await held(message.chatId, Math.min(writtenAt(message) ?? message.modifiedAt ?? last, last));
      const conversation = await held(message.chatId, last);
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

function sender({ from }: ChatMessage, known: ReadonlyMap<string, Person>): RenderItem["from"] {
  const person = from?.id === undefined ? undefined : known.get(from.id);
  const name = from?.name ?? person?.name;
  return {
    ...(from?.id === undefined ? {} : { id: from.id }),
    ...(name === undefined ? {} : { name }),
    ...(person?.address === undefined ? {} : { address: person.address }),
  };
}
