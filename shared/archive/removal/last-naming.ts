import { isAppError } from "../../platform/errors.ts";
import type { ArchiveOf, ArchiveStore, PackRow } from "../archive-store.ts";
import { chatsInPack } from "../pack-chats.ts";
import { chatName } from "./collect-chats.ts";

/** Slots of four bytes: 8 MB. */
const SLOTS = 2 * 1024 * 1024;

/** Remembers where each of any number of SHA-256 names came last, in the same memory: two slots for each name, of which the one
 * that fewer others share tells. It never says a place before the last; one after it, for a name in some millions of pairs. */
export class LastNaming {
  readonly #slots = new Uint32Array(SLOTS);

  /** Goes on from `bits` of another one. */
  constructor(bits?: Uint8Array) {
    if (bits) this.bits.set(bits);
  }

  get bits(): Uint8Array {
    return new Uint8Array(this.#slots.buffer);
  }

  /** Places are told in their order, from 1 on. */
  add(sha256: string, place: number): void {
    for (const slot of slotsOf(sha256)) this.#slots[slot] = place;
  }

  /** 0 for a name that was never added. */
  of(sha256: string): number {
    return Math.min(...slotsOf(sha256).map((slot) => this.#slots[slot] ?? 0));
  }
}

const slotsOf = (sha256: string): number[] =>
  [0, 8].map((at) => (Number.parseInt(sha256.slice(at, at + 8), 16) || 0) % SLOTS);

/** Of the packs that are left, in the order in which they go, which one names a chat last: its contents go with that one, so that
 * what a hold keeps keeps its contents, too. */
export async function lastNamings(archive: ArchiveStore, of: ArchiveOf): Promise<LastNaming> {
  const last = new LastNaming();
  let place = 0;
  for await (const pack of archive.packs(of)) {
    place += 1;
    for await (const chatId of chatsThatAreKnown(archive, of, pack)) last.add(chatName(chatId), place);
  }
  return last;
}

/** None of a pack that is damaged, where its row does not name them: nobody can say any more. */
export async function* chatsThatAreKnown(archive: ArchiveStore, of: ArchiveOf, pack: PackRow): AsyncGenerator<string> {
  try {
    yield* chatsInPack(archive, of, pack);
  } catch (error) {
    if (!isAppError(error, "archive.damaged")) throw error;
  }
}
