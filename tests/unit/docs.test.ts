import { access, glob, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pages = ["README.md", ...(await Array.fromAsync(glob("docs/**/*.md", { cwd: root })))];
const read = (page: string) => readFile(join(root, page), "utf8");

test("every link between the pages leads somewhere", async () => {
  const broken: string[] = [];
  for (const page of pages) {
    for (const [, target = ""] of (await read(page)).matchAll(/\]\(([^)#\s]+)/g)) {
      if (/^https?:/.test(target)) continue;
      await access(join(root, dirname(page), target)).catch(() => broken.push(`${page}: ${target}`));
    }
  }
  expect(broken).toEqual([]);
});

test("every decision is listed, and says why, what and what follows", async () => {
  const list = await read("docs/decisions/README.md");
  for (const page of pages.filter((path) => /decisions\/(?!README)/.test(path))) {
    expect(list, page).toContain(`](${page.split("/").at(-1)})`);
    const headings = [...(await read(page)).matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    expect(headings, page).toEqual(["Context", "Decision", "Consequences"]);
  }
});

test("the README names only commands that exist", async () => {
  const { scripts } = JSON.parse(await read("package.json")) as { scripts: Record<string, string> };
  const commands = [...(await read("README.md")).matchAll(/npm run ([\w:]+)/g)].map(([, name = ""]) => name);
  expect(commands.length).toBeGreaterThan(5);
  expect(commands.filter((name) => scripts[name] === undefined)).toEqual([]);
});

test("Azurite is started everywhere so that it calls nobody", async () => {
  const starts: string[] = [];
  for (const page of pages) starts.push(...((await read(page)).match(/npx azurite [^`\n]*/g) ?? []));
  expect(starts.length).toBeGreaterThan(1);
  expect(starts.filter((line) => !line.includes("--disableTelemetry"))).toEqual([]);
});
