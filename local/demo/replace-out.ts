import { existsSync } from "node:fs";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { SavedZip } from "./download.ts";

/** What stands in the demo's folder, in sha256sum format: `sha256sum -c` checks it, and the next demo knows its own files by it. */
const LIST = "SHA256SUMS";

/** Puts the folder `made`, which holds the zips, in the place of `out`. What is there already is removed if the demo alone wrote
 * it; anything else is moved aside, and its new place is answered. */
export async function replaceOut(out: string, made: string, zips: readonly SavedZip[]): Promise<string | undefined> {
  const lines = zips.map(({ file, sha256 }) => `${sha256}  ${relative(made, file)}\n`);
  await writeFile(join(made, LIST), lines.join(""));
  const aside = !existsSync(out) || (await isOwn(out)) ? undefined : free(out);
  if (aside === undefined) await rm(out, { recursive: true, force: true });
  else await rename(out, aside);
  await rename(made, out);
  return aside;
}

async function isOwn(folder: string): Promise<boolean> {
  const list = await readFile(join(folder, LIST), "utf8").catch(() => undefined);
  if (list === undefined) return false;
  const own = new Set([LIST, ...list.split("\n").map((line) => line.slice(line.indexOf("  ") + 2))]);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.every((entry) => entry.isDirectory() || own.has(relative(folder, join(entry.parentPath, entry.name))));
}

function free(out: string): string {
  for (let n = 1; ; n++) if (!existsSync(`${out}.${n}`)) return `${out}.${n}`;
}
