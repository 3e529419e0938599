import { constants } from "node:fs";
import { access, mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "may not be written by this user",
  EPERM: "may not be written by this user",
  EROFS: "is on a file system that is read-only",
  ENOSPC: "is on a full disk: free some space",
  EDQUOT: "is beyond this user's quota: free some space",
  ENOTDIR: "lies under something that is no folder",
  EEXIST: "is no folder",
  ENOENT: "cannot be made there",
};

/** Makes a folder, with those above it, that can be written to. Throws with a sentence for the terminal that ends with the
 * advice. */
export async function makeFolder(folder: string, advice = "or give LOCAL_STATE_DIR another folder"): Promise<void> {
  try {
    await makeWithParents(folder);
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    const reason = REASONS[code] ?? `cannot be used: ${message}`;
    throw new Error(`The folder ${folder} ${reason}; ${advice}.`, { cause: error });
  }
}

/** One by one: Node's own way never ends where a folder refuses new ones by saying that it is not there, as /proc does. */
async function makeWithParents(folder: string): Promise<void> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return undefined;
  });
  if (found?.isDirectory()) return;
  if (found) throw Object.assign(new Error(`${folder} is no folder`), { code: "EEXIST" });
  if (dirname(folder) !== folder) await makeWithParents(dirname(folder));
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    // Another process was faster.
    if (error.code !== "EEXIST") throw error;
  });
}
