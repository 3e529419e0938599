import type { Person } from "../archive/chat-directory.ts";
import type { ChatMessage, Sender } from "../chats/message.ts";

/** Ids of Graph are shorter, and so are names. */
const LONGEST = 256;

/** Everybody whom a message names by id: its sender, whom it mentions and who reacted. */
export function peopleOfMessage({ from, mentions, reactions }: ChatMessage): Person[] {
  const senders = [from, from?.onBehalfOf, ...mentions.map(({ target }) => target), ...reactions.map(({ by }) => by)];
  return senders.flatMap((sender) => (sender ? named(sender) : []));
}

const named = ({ kind, id, name }: Sender): Person[] =>
  kind === "conversation" || !id || !name || id.length > LONGEST
    ? []
    : [{ id, name: name.slice(0, LONGEST).toWellFormed() }];
