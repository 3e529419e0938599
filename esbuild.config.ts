import { writeFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/* `node esbuild.config.ts [file]` bundles the app into one file, with a source map and, in `.meta.json`, the list of what went
 * in. One file starts in a fraction of the time that its packages take one by one; CommonJS, since the worker of Azure
 * Functions calls ES modules a preview. */

const root = fileURLToPath(new URL(".", import.meta.url));
const outfile = resolve(process.argv[2] ?? `${root}dist/index.cjs`);
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ["functions/index.ts"],
  outfile,
  bundle: true,
  platform: "node",
  target: "node22",
  format: "cjs",
  // The worker itself answers for this name; there is no such package.
  external: ["@azure/functions-core"],
  sourcemap: true,
  // Errors are told apart by the names of their classes.
  keepNames: true,
  metafile: true,
  logLevel: "warning",
});
await writeFile(`${outfile}.meta.json`, JSON.stringify(metafile));
const bytes = Object.entries(metafile.outputs).find(([name]) => name.endsWith(".cjs"))?.[1].bytes ?? 0;
console.log(`${relative(process.cwd(), outfile)}  ${(bytes / 1e6).toFixed(1)} MB`);
