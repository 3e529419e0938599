import { createRoom, type Room } from "../platform/room.ts";

/* All downloads of a process are made in the same memory. More of them at once would be no faster either: most of it is the work of one
 * thread. */

const ROOM_BYTES = 100_000_000;
/** Two blocks on their way to each of two blobs, what is read, and what is made of it. */
const RENDERING_BYTES = 30_000_000;
/** Two blocks on their way, two attachments of the size that is held whole, and what is read. */
const ZIP_BYTES = 30_000_000;
/** Of an entry, for the directories at the end, and of a content of the layout. */
const NAME_BYTES = 1_000;
/** An activity does not wait out its time. */
const MOST_WAIT_MS = 30_000;

export const makingRoom = (): Room => createRoom(ROOM_BYTES);

/** Waits its turn to render, then renders; undefined when others take too long: ask again. */
export const inRoomToRender = <T>(room: Room, work: () => Promise<T>): Promise<T | undefined> =>
  inRoom(room, RENDERING_BYTES, work);

/** The same for a zip of so many entries and other names. */
export const inRoomToZip = <T>(room: Room, names: number, work: () => Promise<T>): Promise<T | undefined> =>
  inRoom(room, ZIP_BYTES + names * NAME_BYTES, work);

async function inRoom<T>(room: Room, bytes: number, work: () => Promise<T>): Promise<T | undefined> {
  const signal = AbortSignal.timeout(MOST_WAIT_MS);
  let leave: () => void;
  try {
    leave = await room.take(bytes, signal);
  } catch (error) {
    if (error === signal.reason) return undefined;
    throw error;
  }
  try {
    return await work();
  } finally {
    leave();
  }
}
