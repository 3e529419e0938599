import type { Instant } from "../platform/time.ts";

export interface Person {
  readonly id: string;
  readonly name?: string;
  readonly address?: string;
}

/** A chat as it was seen at one time. */
export interface ChatSnapshot {
  readonly chatId: string;
  readonly type?: string;
  readonly topic?: string;
  /** Graph's mark of a rename or a change of members. */
  readonly updated?: string;
  readonly tenantId?: string;
  /** By their ids. */
  readonly members: readonly Person[];
  /** Why there may be more of them (another tenant's chat), as a stable code. */
  readonly membersMissing?: string;
}

export interface ChatDirectory {
  /** The newest snapshot. */
  chat(organizationId: string, chatId: string): Promise<ChatSnapshot | undefined>;
  /** Whether there is a snapshot of the chat with this key. */
  hasChat(organizationId: string, key: string): Promise<boolean>;
  /** The last name seen for a user id of Graph. */
  person(organizationId: string, userId: string): Promise<Person | undefined>;
}

export interface ChatDirectoryStore extends ChatDirectory {
  /** Adds a snapshot when more than its mark differs from the newest one, and its members to the directory when their names do. What
   * was seen before stays. */
  record(organizationId: string, snapshot: ChatSnapshot, seenAt: Instant): Promise<void>;
  /** Adds the names of those whom nobody has named yet: senders may have left their chats, and a name in an old message may be an
   * old one. */
  introduce(organizationId: string, people: readonly Person[], seenAt: Instant): Promise<void>;
}
