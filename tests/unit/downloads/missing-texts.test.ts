import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { explainMissing } from "../../../functions/dependencies/explain-missing.ts";
import { outcomeTexts } from "../../../shared/backup/outcome-text.ts";
import { missingTexts } from "../../../shared/downloads/missing-texts.ts";
import { LONGEST_TEXT } from "../../../shared/downloads/package/manifest-lines.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Errors that only a request can meet, log lines, and the name of what has none. */
const NOT_MISSING = new Set([
  "picture",
  ...["download.bad_range", "download.chat_not_found", "download.not_ready", "download.part_not_found"],
  ...["download.too_many_sets", "download.unknown_time_zone"],
  ...["download.requested", "download.resumed", "download.removed", "download.expired", "download.links_issued"],
  // Has its sentence among those of backups, below.
  "archive.damaged",
]);

test("every code that a download can list has a sentence, and a remedy that is one or more", async () => {
  const found = new Set<string>();
  for await (const file of glob("{shared/downloads,functions/orchestrators}/**/*.ts", { cwd: root })) {
    const text = await readFile(join(root, file), "utf8");
    if (!/download/i.test(file)) continue;
    for (const [, code = ""] of text.matchAll(/"((?:download|message|archive|account)\.[a-z_]+)"/g)) found.add(code);
    for (const [, code = ""] of text.matchAll(/(?:missing: |return |reason \?\? |\) : )"([a-z_]+)"/g))
      if (/content-places|set-builder|write-part/.test(file)) found.add(code);
  }
  expect([...found]).toEqual(expect.arrayContaining(["pending", "failed", "gone", "damaged", "too_large_for_zips"]));
  expect([...found].filter((code) => !(code in missingTexts) && !NOT_MISSING.has(code))).toEqual([]);
  for (const { text, remedy } of Object.values(missingTexts)) {
    expect(text).toMatch(/^[A-Z].*\.$/);
    expect(remedy).toMatch(/^$|\.$/);
  }
});

test("codes of backups have their sentences, none is too long for MISSING.csv, and unknown ones are not silent", () => {
  for (const code of [
    "content.gone",
    "content.too_large",
    "content.no_access",
    "storage.unavailable",
    "internal",
    "archive.damaged",
  ])
    expect(explainMissing(code)).toEqual(outcomeTexts[code]);
  for (const code of Object.keys({ ...missingTexts, ...outcomeTexts }).filter((one) => /^(content\.|[^.]+$)/.test(one)))
    for (const text of Object.values(explainMissing(code)) as string[])
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(LONGEST_TEXT);
  expect(explainMissing("never.heard").remedy).toContain("never.heard");
});

test("the page on downloads says the same, code by code", async () => {
  const page = await readFile(join(root, "docs/downloads.md"), "utf8");
  const section = page.slice(page.indexOf("## When something is missing"), page.indexOf("## Links and expiry"));
  const rows = [...section.matchAll(/^\| `([^`]+)` *\| (.*?) *\| (.*?) *\|$/gm)].map(([, code, text, remedy]) => [
    code,
    { text, remedy },
  ]);
  expect(Object.fromEntries(rows)).toEqual(missingTexts);
});
