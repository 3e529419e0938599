import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Azurite, startAzurite } from "./azurite.ts";

/** Starts Azurite on the local mode's own storage. Throws with a sentence for the terminal, which names the file where one is
 * damaged. */
export async function startStorage(stateDirectory: string, storage: string): Promise<Azurite> {
  try {
    return await startAzurite({ location: storage });
  } catch (error) {
    const file = await damagedFile(storage);
    if (file === undefined) throw error;
    // Secrets and orchestrations mean nothing without the storage beside them.
    const remedy = `remove the folder ${stateDirectory} and start again. Everything kept on this machine, backups too, is lost with it.`;
    throw new Error(`${file} is damaged: ${remedy}`, { cause: error });
  }
}

/** Azurite's lists of what it holds are JSON. Read as a whole: only after a start that failed. */
async function damagedFile(storage: string): Promise<string | undefined> {
  for (const name of await readdir(storage)) {
    if (!/^__azurite_db_\w+__\.json$/.test(name)) continue;
    const file = join(storage, name);
    try {
      JSON.parse(await readFile(file, "utf8"));
    } catch {
      return file;
    }
  }
  return undefined;
}
