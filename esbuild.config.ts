import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { fontFiles } from "./shared/downloads/render/pdf/type/font-files.ts";

/* `node esbuild.config.ts [file]` bundles the app into one file, with a source map and, in `.meta.json`, the list of what went
 * in. One file starts in a fraction of the time that its packages take one by one; CommonJS, since the worker of Azure
 * Functions calls ES modules a preview. Beside it lie what PDFs need, read when the first is made: HarfBuzz, an ES module that
 * waits for its WebAssembly, and the folder `fonts`. */

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
  external: ["@azure/functions-core", "./harfbuzz.mjs"],
  alias: { harfbuzzjs: "./harfbuzz.mjs" },
  define: { "import.meta.dirname": "__dirname" },
  sourcemap: true,
  // Errors are told apart by the names of their classes.
  keepNames: true,
  metafile: true,
  logLevel: "warning",
});
const [folder, require] = [dirname(outfile), createRequire(import.meta.url)];
await build({
  ...{ entryPoints: ["harfbuzzjs"], outfile: join(folder, "harfbuzz.mjs"), bundle: true, platform: "node" },
  ...{ target: "node22", format: "esm", logLevel: "warning" },
});
await copyFile(require.resolve("harfbuzzjs/dist/harfbuzz.wasm"), join(folder, "harfbuzz.wasm"));
await mkdir(join(folder, "fonts"), { recursive: true });
for (const file of fontFiles()) {
  await copyFile(require.resolve(`@expo-google-fonts/${file}`), join(folder, "fonts", basename(file)));
}
await writeFile(`${outfile}.meta.json`, JSON.stringify(metafile));
const bytes = Object.entries(metafile.outputs).find(([name]) => name.endsWith(".cjs"))?.[1].bytes ?? 0;
console.log(`${relative(process.cwd(), outfile)}  ${(bytes / 1e6).toFixed(1)} MB`);
