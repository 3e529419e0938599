import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Makes this process the only one that uses a folder, until `release` or its end in whatever manner: the lock is the operating
 * system's, on a file of SQLite. Throws with a sentence for the terminal when another process has it, or the file is
 * damaged. */
export function lockFolder(folder: string, name = "lock.sqlite"): { release(): void } {
  const file = join(folder, name);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS held (x); COMMIT");
  } catch (error) {
    database?.close();
    throw new Error(reason(folder, file, error), { cause: error });
  }
  return { release: () => database.close() };
}

/** @see https://www.sqlite.org/rescode.html */
const BUSY = 5;
const DAMAGED = [11, 26];

function reason(folder: string, file: string, error: unknown): string {
  const { errcode = 0, message } = error as Error & { readonly errcode?: number };
  if (errcode === BUSY)
    return `${folder} is in use by another process: stop it, or give LOCAL_STATE_DIR another folder.`;
  if (DAMAGED.includes(errcode)) return `${file} is damaged. It holds nothing but a lock: remove it and start again.`;
  return `${file} cannot be locked: ${message}`;
}
