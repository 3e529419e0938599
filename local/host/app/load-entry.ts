import { glob, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { describeError } from "../logger.ts";

/** Where the app's code is: entry files, or else the files that `main` of the folder's package.json names (a glob). */
export interface EntryOptions {
  readonly appFolder: string;
  readonly entry?: string | readonly string[];
}

/**
 * Loads the app, which registers its functions while it loads. CommonJS, ES modules and TypeScript sources (by type
 * stripping) alike.
 * @throws with a message for the person who starts it when there is no entry or an entry throws. The real host stays up
 * then and answers 404 to everything; a stand-in for development had better say so at once.
 */
export async function loadEntry(options: EntryOptions): Promise<void> {
  const files = await entryFiles(options);
  for (const file of files) {
    try {
      await import(pathToFileURL(file).href);
    } catch (error) {
      throw new Error(`The app's entry ${file} failed to load: ${describeError(error)}`, { cause: error });
    }
  }
}

async function entryFiles({ appFolder, entry }: EntryOptions): Promise<readonly string[]> {
  if (entry !== undefined) {
    const files = [entry].flat().map((file) => resolve(appFolder, file));
    for (const file of files) if (!(await isFile(file))) throw new Error(`The app's entry ${file} does not exist.`);
    return files;
  }
  const main = await mainOfPackage(appFolder);
  const files = (await Array.fromAsync(glob(main, { cwd: appFolder }))).map((file) => join(appFolder, file)).sort();
  if (files.length === 0) throw new Error(`No file matches "main" of ${join(appFolder, "package.json")}: ${main}`);
  return files;
}

async function mainOfPackage(appFolder: string): Promise<string> {
  const path = join(appFolder, "package.json");
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new Error(`There is no app in ${appFolder}: ${describeError(error)}`, { cause: error });
  });
  const { main } = JSON.parse(text) as { main?: unknown };
  if (typeof main !== "string" || main === "") throw new Error(`${path} names no "main".`);
  return main;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
