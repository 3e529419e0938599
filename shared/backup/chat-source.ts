/** A chat as Graph sent it, with at most EXPANDED_MEMBERS of its members. */
export type RawChat = Readonly<Record<string, unknown>>;

/** A conversationMember as Graph sent it. */
export type RawMember = Readonly<Record<string, unknown>>;

/** Graph lists no more members with a chat.
 * @see https://learn.microsoft.com/graph/api/chat-list */
export const EXPANDED_MEMBERS = 25;

/** Reads the chats that a user takes part in, and who takes part in a chat, as they are now: people who left are not listed.
 * Errors as of MessageSource, with `graph.forbidden` by the roles of the token that was sent alone; of `members` also
 * `graph.chat_not_found` and, for a chat that another tenant owns, `graph.access_denied`: an outcome of that chat alone, which no
 * retry mends. */
export interface ChatSource {
  chats(organizationId: string, userGraphId: string): AsyncGenerator<RawChat>;
  members(organizationId: string, chatGraphId: string): AsyncGenerator<RawMember>;
}
