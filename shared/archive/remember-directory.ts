import type { Instant } from "../platform/time.ts";
import type { ChatDirectory } from "./chat-directory.ts";

/** Names and chats change seldom, and the file sets of a download ask for the same ones again and again. */
const FRESH_MS = 60_000;
const MOST_REMEMBERED = 5_000;

/** The same directory, read at most once a minute for each chat and person. */
export function rememberDirectory(directory: ChatDirectory, now: () => Instant): ChatDirectory {
  return { chat: remember(directory.chat, now), person: remember(directory.person, now) };
}

function remember<T>(read: (organizationId: string, id: string) => Promise<T>, now: () => Instant): typeof read {
  const known = new Map<string, { readonly value: Promise<T>; readonly at: Instant }>();
  return (organizationId, id) => {
    const key = `${organizationId} ${id}`;
    const found = known.get(key);
    if (found && found.at > now() - FRESH_MS) return found.value;
    const value = read(organizationId, id);
    value.catch(() => known.delete(key));
    known.delete(key);
    known.set(key, { value, at: now() });
    const oldest = known.keys().next().value;
    if (known.size > MOST_REMEMBERED && oldest !== undefined) known.delete(oldest);
    return value;
  };
}
