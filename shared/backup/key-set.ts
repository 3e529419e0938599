import type { VersionKeys } from "../archive/version.ts";

/** Names of messages or versions, by chat: Graph's ids of chats are long, and hundreds of thousands of names are held at once. */
export class KeySet {
  readonly #nameOf: (version: VersionKeys) => string;
  readonly #chats = new Map<string, Set<string>>();
  #size = 0;

  private constructor(nameOf: (version: VersionKeys) => string) {
    this.#nameOf = nameOf;
  }

  static ofMessages = (): KeySet => new KeySet(({ id }) => id);
  static ofVersions = (): KeySet => new KeySet(({ id, etag }) => JSON.stringify([id, etag]));

  has(version: VersionKeys): boolean {
    return this.#chats.get(version.chatId)?.has(this.#nameOf(version)) ?? false;
  }

  /** False when it was there already. */
  add(version: VersionKeys): boolean {
    const names = this.#chats.get(version.chatId) ?? new Set();
    this.#chats.set(version.chatId, names);
    const before = names.size;
    const isNew = names.add(this.#nameOf(version)).size > before;
    this.#size += Number(isNew);
    return isNew;
  }

  get size(): number {
    return this.#size;
  }
}
