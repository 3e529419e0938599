import { statfs } from "node:fs/promises";

/** What the next seconds may write. Below it everything is ended gently, while there is still room for that: storage whose
 * disk is full in the middle of a write is damaged. */
const LEAST_ROOM_BYTES = 64_000_000;
const LOOK_EVERY_MS = 500;

export interface DiskRoom {
  /** Settles with a sentence for the terminal when a folder's disk has too little room left. */
  readonly gone: Promise<string>;
  stop(): void;
}

/** Throws that sentence when there is too little already. */
export async function watchDiskRoom(folders: readonly string[], leastBytes = LEAST_ROOM_BYTES): Promise<DiskRoom> {
  const { promise: gone, resolve } = Promise.withResolvers<string>();
  const look = async (): Promise<string | undefined> => {
    for (const folder of folders) {
      const { bavail, bsize } = await statfs(folder);
      if (bavail * bsize < leastBytes) return sentence(folder, leastBytes);
    }
    return undefined;
  };
  const full = await look();
  if (full !== undefined) throw new Error(full);
  const timer = setInterval(() => {
    look().then(
      (found) => found !== undefined && resolve(found),
      // A folder that was removed meanwhile is somebody else's complaint.
      () => undefined,
    );
  }, LOOK_EVERY_MS);
  return { gone, stop: () => clearInterval(timer) };
}

const sentence = (folder: string, leastBytes: number): string =>
  `The disk of ${folder} is full (less than ${Math.round(leastBytes / 1e6)} MB left): free some space and start again. ` +
  "What is done so far is kept.";
