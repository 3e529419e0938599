import type { ContentStore } from "../archive/content-store.ts";
import type { VersionKeys } from "../archive/version.ts";
import type { ContentReference } from "../chats/references.ts";
import { forEachParallel } from "../platform/for-each-parallel.ts";

/** What a window holds at most; a reference has an address of up to some KB. */
const MOST_HELD = 500;
const CHATS_AT_ONCE = 4;

type Entries = { messageId: string; reference: ContentReference }[];

/** References to contents, gathered over the pages of a window: each chat that is told of them costs several writes, however few
 * they are, and most pages have some of most chats. */
export interface HeldReferences {
  hold(version: VersionKeys, references: readonly ContentReference[]): void;
  /** Puts what is held once it is much. */
  relieve(): Promise<void>;
  /** Puts what is held. To be awaited before the commit that makes the messages visible: a crash in between leaves work that somebody
   * needs anyway. */
  finish(): Promise<void>;
}

export function holdReferences(contents: Pick<ContentStore, "add">, organizationId: string): HeldReferences {
  let chats = new Map<string, Entries>();
  let held = 0;
  const put = async (): Promise<void> => {
    const taken = chats;
    chats = new Map();
    held = 0;
    await forEachParallel(taken, CHATS_AT_ONCE, ([chatId, entries]) => contents.add(organizationId, chatId, entries));
  };
  return {
    hold({ chatId, id }, references) {
      if (references.length === 0) return;
      const entries = chats.get(chatId) ?? [];
      chats.set(chatId, entries);
      for (const reference of references) entries.push({ messageId: id, reference });
      held += references.length;
    },
    relieve: async () => (held >= MOST_HELD ? put() : undefined),
    finish: put,
  };
}
