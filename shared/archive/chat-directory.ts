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

/** A snapshot's place in time. */
export interface SnapshotTime {
  /** Names it among those of its chat. */
  readonly seenAt: Instant;
  /** From when on the chat was so, as far as Graph told; else when it was first seen so. */
  readonly from: Instant;
}

export interface ChatDirectory {
  /** Of all snapshots of a chat, oldest first, each from later on than the one before. */
  snapshotTimes(organizationId: string, chatId: string): Promise<readonly SnapshotTime[]>;
  snapshotSeenAt(organizationId: string, chatId: string, seenAt: Instant): Promise<ChatSnapshot | undefined>;
  /** Graph's id of the chat with this key, where there is a snapshot of it. */
  chatIdOf(organizationId: string, key: string): Promise<string | undefined>;
  /** The last name seen for a user id of Graph. */
  person(organizationId: string, userId: string): Promise<Person | undefined>;
}

/** Of the snapshots of a chat, the one that held at a moment; before the first of them, the first, as nothing older is known. */
export function heldAt(times: readonly SnapshotTime[], at: Instant): SnapshotTime | undefined {
  let [first, end] = [0, times.length];
  while (end - first > 1) {
    const middle = (first + end) >> 1;
    if ((times[middle]?.from ?? 0) <= at) first = middle;
    else end = middle;
  }
  return times[first];
}

export interface ChatDirectoryStore extends ChatDirectory {
  /** The newest snapshot. */
  chat(organizationId: string, chatId: string): Promise<ChatSnapshot | undefined>;
  /** Adds a snapshot when more than its mark differs from the newest one, and its members to the directory when their names do. What
   * was seen before stays. */
  record(organizationId: string, snapshot: ChatSnapshot, seenAt: Instant): Promise<void>;
  /** Adds the names of those whom nobody has named yet: senders may have left their chats, and a name in an old message may be an
   * old one. */
  introduce(organizationId: string, people: readonly Person[], seenAt: Instant): Promise<void>;
}
