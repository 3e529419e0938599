import { remember } from "../platform/remember.ts";
import type { Instant } from "../platform/time.ts";
import type { ChatDirectory } from "./chat-directory.ts";

/** Names and chats change seldom, and the file sets of a download ask for the same ones again and again. */
const FRESH_MS = 60_000;

/** The same directory, read at most once a minute for each chat and person. */
export const rememberDirectory = (directory: ChatDirectory, now: () => Instant): ChatDirectory => ({
  snapshotTimes: remember(directory.snapshotTimes, { fresh: { ms: FRESH_MS, now } }),
  // Up to hundreds of kilobytes each.
  snapshotSeenAt: directory.snapshotSeenAt,
  chatIdOf: directory.chatIdOf,
  person: remember(directory.person, { fresh: { ms: FRESH_MS, now } }),
});
