import type { ChatDirectory, ChatSnapshot, Person } from "../archive/chat-directory.ts";
import type { ChatMessage } from "../chats/message.ts";
import type { NameOf } from "../chats/system-event.ts";
import { bodyPeople } from "../chats/read-body.ts";
import type { RenderItem } from "./render/renderer.ts";

/** Names that one rendering remembers, and chats: an account talks with few people at a time. */
const MOST_REMEMBERED = 20_000;

/** What a message needs besides itself: its chat, its sender, the names of the people it speaks of. */
export interface Surroundings {
  readonly chat: ChatSnapshot | undefined;
  readonly from: RenderItem["from"];
  readonly nameOf: NameOf;
}

export interface People {
  around(message: ChatMessage): Promise<Surroundings>;
}

/** Reads the directory once per person and chat. A name is looked for in the message, in its chat, then in the directory. */
export function createPeople(directory: ChatDirectory, organizationId: string): People {
  const persons = remember((id: string) => directory.person(organizationId, id));
  const chats = remember((chatId: string) => directory.chat(organizationId, chatId));
  return {
    async around(message) {
      const chat = await chats(message.chatId);
      const known = new Map(chat?.members.map((member) => [member.id, member]));
      const { from } = message;
      const needed = [from?.id, ...bodyPeople(message), ...message.reactions.map(({ by }) => by.id)];
      for (const id of new Set(needed)) {
        if (id === undefined || (known.get(id)?.name !== undefined && known.get(id)?.address !== undefined)) continue;
        const person = await persons(id);
        if (person) known.set(id, { ...person, ...known.get(id) });
      }
      return { chat, from: sender(message, known), nameOf: (id) => known.get(id)?.name };
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

function remember<T>(load: (id: string) => Promise<T>): (id: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (id) => {
    const found = known.get(id);
    if (found) return found;
    if (known.size >= MOST_REMEMBERED) known.clear();
    const loading = load(id);
    loading.catch(() => known.delete(id));
    known.set(id, loading);
    return loading;
  };
}
