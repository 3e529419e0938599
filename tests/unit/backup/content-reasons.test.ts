import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { policyOf } from "../../../shared/backup/content-outcomes.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
/** Names of log lines, and of what has no outcome yet. */
const NO_REASONS = ["content.failed", "content.threw", "content.pending"];
const AGAIN: Readonly<Record<string, readonly number[]>> = {
  soon: [1, 2, 4, 8, 16, 28],
  seldom: [7, 14, 28],
  bin: [7, 14, 28, 28],
  never: [],
};
const page = await readFile(join(root, "docs/contents.md"), "utf8");
const rows = [...page.matchAll(/^\| `([\w.]+)` +\| (\w+) +\| (\w+) +\|/gm)].map(
  ([, reason = "", counts = "", again = ""]) => ({ reason, counts, again }),
);

test("the documentation lists every reason why a content cannot be had", async () => {
  const used = new Set<string>();
  for await (const file of glob("shared/{backup,graph,storage}/**/*.ts", { cwd: root })) {
    const text = await readFile(join(root, file), "utf8");
    for (const [, code = ""] of text.matchAll(/"(content\.\w+)"/g)) used.add(code);
  }
  const reasons = rows.map(({ reason }) => reason).filter((reason) => reason.startsWith("content."));
  expect(reasons.sort()).toEqual([...used].filter((code) => !NO_REASONS.includes(code)).sort());
});

test.each(rows)("$reason counts as $counts and is tried again: $again", ({ reason, counts, again }) => {
  const policy = policyOf(reason);
  expect(policy).toMatchObject({ counts, days: AGAIN[again] });
  expect(policy.then).toBe(again === "soon" || again === "seldom" ? "repeat" : "stop");
});
