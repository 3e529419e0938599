import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Makes this process the only one that uses a folder, until `release` or its end in whatever manner: the lock is the operating
 * system's, on a file of SQLite. Throws with a sentence for the terminal when another process has it. */
export function lockFolder(folder: string, name = "lock.sqlite"): { release(): void } {
  const database = new DatabaseSync(join(folder, name));
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS held (x); COMMIT");
  } catch (error) {
    database.close();
    throw new Error(`${folder} is in use by another process: stop it, or give LOCAL_STATE_DIR another folder.`, {
      cause: error,
    });
  }
  return { release: () => database.close() };
}
