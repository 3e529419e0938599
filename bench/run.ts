import { spawn } from "node:child_process";
import { once } from "node:events";
import { glob } from "node:fs/promises";
import { join } from "node:path";
import { GIVE_BACK, SMALL_HEAP } from "../local/host/spawn-host.ts";

/* `npm run bench [word]`: runs every `*.bench.ts` here whose name holds the word, one after another, each in a process of its
 * own with the memory settings of a host, so that none measures the leavings of another. A bench prints what it measured and
 * fails when a budget is passed. */

const folder = import.meta.dirname;
const word = process.argv[2] ?? "";
const files = (await Array.fromAsync(glob("**/*.bench.ts", { cwd: folder })))
  .filter((file) => file.includes(word))
  .sort();
if (files.length === 0) throw new Error(`No bench has "${word}" in its name.`);
const failed: string[] = [];
for (const file of files) {
  console.log(`\n== ${file}`);
  const args = [...SMALL_HEAP, "--expose-gc", "--disable-warning=ExperimentalWarning", join(folder, file)];
  const child = spawn(process.execPath, args, { env: { ...GIVE_BACK, ...process.env }, stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) failed.push(file);
}
if (failed.length > 0) {
  console.error(`\nFailed: ${failed.join(", ")}`);
  process.exitCode = 1;
}
