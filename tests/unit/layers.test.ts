import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/* A rule that nobody has seen fire is a comment: each one is seen here, on a tree with the folders of the real one. */

const root = fileURLToPath(new URL("../..", import.meta.url));
const require = createRequire(import.meta.url);
const { forbidden } = require(join(root, ".dependency-cruiser.cjs")) as { forbidden: { name: string }[] };

interface Planted {
  /** Who imports what; `type` in front of what makes it an import of types. */
  readonly from: string;
  readonly imports: string;
  /** Exactly these fire on that import. */
  readonly fire: readonly string[];
}
const plant = (from: string, imports: string, ...fire: string[]): Planted => ({ from, imports, fire });

const violations: readonly Planted[] = [
  plant("shared/backup/one.ts", "shared/backup/two.ts", "no-cycles"),
  plant("shared/chats/sees-local.ts", "local/tool.ts", "production-never-sees-local"),
  plant("functions/http/sees-tests.ts", "tests/tool.ts", "production-never-sees-local"),
  plant("shared/backup/sees-functions.ts", "functions/runtime/tool.ts", "shared-never-sees-functions"),
  plant("shared/platform/sees-chats.ts", "shared/chats/leaf.ts", "platform-stands-alone"),
  plant("shared/chats/sees-feature.ts", "shared/backup/leaf.ts", "chats-sees-platform-only"),
  plant("shared/archive/sees-feature.ts", "shared/backup/leaf.ts", "archive-sees-chats-and-platform"),
  plant("shared/backup/sees-feature.ts", "shared/downloads/leaf.ts", "features-share-contracts-only"),
  plant("shared/a-new-feature/sees-feature.ts", "type shared/downloads/leaf.ts", "features-share-contracts-only"),
  plant("shared/backup/sees-azure.ts", "@azure/functions", "features-see-no-adapter"),
  plant("shared/archive/sees-azure.ts", "type @azure/functions", "features-see-no-adapter"),
  plant(
    "shared/backup/sees-adapter.ts",
    "type shared/graph/leaf.ts",
    "features-see-no-adapter",
    "features-share-contracts-only",
  ),
  plant("shared/graph/sees-storage.ts", "shared/storage/leaf.ts", "graph-and-storage-do-not-meet"),
  plant("shared/storage/sees-graph.ts", "shared/graph/leaf.ts", "graph-and-storage-do-not-meet"),
  plant("functions/http/sees-adapter.ts", "shared/storage/leaf.ts", "only-the-root-sees-adapters"),
  plant("functions/orchestrators/sees-node.ts", "node:crypto", "orchestrators-are-deterministic"),
  plant("functions/orchestrators/sees-rules.ts", "type shared/backup/leaf.ts", "orchestrators-are-deterministic"),
  plant("shared/backup/made.contract.ts", "shared/platform/leaf.ts", "contracts-and-plans-are-pure"),
  plant("shared/backup/plan-made.ts", "node:fs", "contracts-and-plans-are-pure"),
  plant("functions/http/sees-blobs.ts", "@azure/storage-blob", "storage-sdk-in-storage"),
  plant("functions/http/sees-tables.ts", "type @azure/data-tables", "storage-sdk-in-storage"),
  plant("functions/http/sees-graph-sdk.ts", "@microsoft/microsoft-graph-client", "graph-sdk-in-graph"),
  plant("functions/http/sees-identity.ts", "@azure/identity", "identity-sdk-in-adapters"),
  plant("functions/http/sees-durable.ts", "durable-functions", "durable-values-at-the-edge"),
];

const allowed: readonly Planted[] = [
  plant("functions/http/allowed.ts", "shared/backup/leaf.ts"),
  plant("functions/orchestrators/allowed.ts", "shared/backup/leaf.contract.ts"),
  plant("functions/orchestrators/allowed-plan.ts", "shared/backup/plan-leaf.ts"),
  plant("functions/orchestrators/allowed-types.ts", "type durable-functions"),
  plant("functions/dependencies/allowed.ts", "shared/graph/leaf.ts"),
  plant("functions/runtime/allowed.ts", "durable-functions"),
  plant("shared/backup/allowed-contract.ts", "shared/downloads/leaf.contract.ts"),
  plant("shared/backup/allowed-archive.ts", "shared/archive/leaf.ts"),
  plant("shared/storage/allowed.ts", "shared/backup/leaf.ts"),
  plant("shared/storage/allowed-sdk.ts", "@azure/data-tables"),
  plant("local/allowed.ts", "shared/storage/leaf.ts"),
];

let folder: string;
let found: ReadonlyMap<string, readonly string[]>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "layers-"));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  for (const file of [".dependency-cruiser.cjs", "tsconfig.json", "package.json"])
    await cp(join(root, file), join(folder, file));
  const all = [...violations, ...allowed];
  const froms = new Set(all.map(({ from }) => from));
  const leaves = all.map(({ imports }) => bare(imports)).filter((path) => path.endsWith(".ts") && !froms.has(path));
  for (const leaf of new Set(leaves)) await write(leaf, "export const value = 1;\n");
  // A cycle is reported once, at its first file.
  await write("shared/backup/two.ts", statement("shared/backup/two.ts", "shared/backup/one.ts"));
  for (const { from, imports } of all) await write(from, statement(from, imports));
  found = await fired(folder, ["functions", "shared", "local", "tests"]);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("on a planted tree", () => {
  test.each(violations)("$from may not import $imports", ({ from, fire }) => {
    expect(found.get(from)).toEqual(fire);
  });

  test.each(allowed)("$from may import $imports", ({ from }) => {
    expect(found.get(from)).toBeUndefined();
  });

  test("every rule is seen to fire by itself", () => {
    const alone = violations.flatMap(({ fire }) => (fire.length === 1 ? fire : []));
    expect(forbidden.map(({ name }) => name).filter((name) => !alone.includes(name))).toEqual([]);
  });
});

test("the real tree breaks no rule", async () => {
  expect(await fired(root, ["functions", "shared", "local", "tests", "bench"])).toEqual(new Map());
});

/** The rules that fire, by the file that breaks them. */
async function fired(cwd: string, folders: readonly string[]): Promise<Map<string, string[]>> {
  const cli = join(root, "node_modules/.bin/depcruise");
  const args = [cli, ...folders, "--config", ".dependency-cruiser.cjs", "--output-type", "json"];
  // The exit code is the number of violations.
  const text = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, args, { cwd, maxBuffer: 1e9 }, (error, stdout, stderr) =>
      stdout === "" ? reject(new Error(stderr, { cause: error })) : resolve(stdout),
    );
  });
  const { summary } = JSON.parse(text) as { summary: { violations: { from: string; rule: { name: string } }[] } };
  const byFile = Map.groupBy(summary.violations, ({ from }) => from);
  return new Map([...byFile].map(([from, list]) => [from, list.map(({ rule }) => rule.name).sort()]));
}

const bare = (imports: string): string => imports.replace(/^type /, "");

function statement(from: string, imports: string): string {
  const path = bare(imports);
  const specifier = path.endsWith(".ts") ? `${"../".repeat(from.split("/").length - 1)}${path}` : path;
  const kind = imports.startsWith("type ") ? "import type" : "import";
  return `${kind} * as it from ${JSON.stringify(specifier)};\nexport ${kind === "import" ? "const value = it" : "type It = typeof it"};\n`;
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}
