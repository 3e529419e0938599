import type { ChatBook } from "./chat-book.ts";

/** Every message version of one account's chats, ordered by last change: what export pages are cut from. */
export interface AccountIndex {
  readonly length: number;
  readonly modified: Float64Array;
  readonly chat: Uint32Array;
  readonly message: Uint32Array;
  readonly version: Uint16Array;
}

/**
 * `withVersions` keeps earlier versions too; they are needed where lag hides the newest one, and for retained messages.
 * 18 bytes per message: an account of a million messages costs 18 MB.
 */
export function buildIndex(books: readonly ChatBook[], withVersions: boolean): AccountIndex {
  let length = 0;
  for (const book of books) {
    if (!withVersions) length += book.length();
    else for (let n = 0; n < book.length(); n++) length += book.versions(n);
  }
  const modified = new Float64Array(length);
  const chat = new Uint32Array(length);
  const message = new Uint32Array(length);
  const version = new Uint16Array(length);
  let at = 0;
  for (const book of books) {
    for (let n = 0; n < book.length(); n++) {
      const last = book.versions(n) - 1;
      for (let v = withVersions ? 0 : last; v <= last; v++, at++) {
        modified[at] = book.modifiedAt(n, v);
        chat[at] = book.no;
        message[at] = n;
        version[at] = v;
      }
    }
  }
  const order = Uint32Array.from({ length }, (_, n) => n);
  order.sort((a, b) => (modified[a] as number) - (modified[b] as number) || a - b);
  return {
    length,
    modified: modified.slice().sort(),
    chat: chat.map((_, n) => chat[order[n] as number] as number),
    message: message.map((_, n) => message[order[n] as number] as number),
    version: version.map((_, n) => version[order[n] as number] as number),
  };
}

/** First place whose time is above `ms`. */
export function firstAfter(index: AccountIndex, ms: number): number {
  let [low, high] = [0, index.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((index.modified[middle] as number) <= ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** First place whose time is not below `ms`. */
export function firstAtOrAfter(index: AccountIndex, ms: number): number {
  let [low, high] = [0, index.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((index.modified[middle] as number) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
