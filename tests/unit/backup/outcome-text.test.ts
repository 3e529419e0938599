import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { outcomeText, outcomeTexts } from "../../../shared/backup/outcome-text.ts";
import { entraCodes, entraRefusal } from "../../../shared/credentials/entra-refusals.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Names of log lines, of types, what verification finds, and errors that only a request can meet. */
const NOT_OF_A_RUN = new Set([
  ...["content.row_invalid", "content.size_differs", "content.missing", "content.damaged", "content.row_missing"],
  ...["account.held"],
  ...["account.none_active", "account.unknown", "account.not_found", "backup.not_found", "archive.not_covered"],
  ...["archive.overtaken"],
  ...["backup.not_started", "backup.not_reminded", "content.failed", "content.threw"],
  ...["graph.user_without_id", "graph.deleted_users_unreadable", "credentials.tested", "credentials.tenant_unproven"],
  ...["credentials.other_tenant"],
]);

test("every code that a run can list has a sentence, and a remedy that is one or more", async () => {
  const found = new Set(entraCodes.map((aadsts) => entraRefusal(aadsts).code));
  const sources = "{shared/{backup,graph,credentials,archive,organizations},functions/orchestrators}/**/*.ts";
  for await (const file of glob(sources, { cwd: root })) {
    const text = await readFile(join(root, file), "utf8");
    for (const [, code = ""] of text.matchAll(
      /"((?:content|graph|backup|billing|credentials|accounts?|archive|feature|plan)\.[a-z_]+)"/g,
    ))
      found.add(code);
  }
  const untold = [...found].filter((code) => !(code in outcomeTexts) && !NOT_OF_A_RUN.has(code));
  expect(untold).toEqual([]);
  for (const { text, remedy } of Object.values(outcomeTexts)) {
    expect(text).toMatch(/^[A-Z].*\.$/);
    expect(remedy).toMatch(/^$|\.$/);
  }
  expect(outcomeText("never.heard").remedy).toContain("never.heard");
});

test("the page on outcomes says the same, code by code", async () => {
  const page = await readFile(join(root, "docs/outcomes.md"), "utf8");
  const rows = [...page.matchAll(/^\| `([^`]+)` *\| (.*?) *\| (.*?) *\|$/gm)].map(([, code, text, remedy]) => [
    code,
    { text, remedy },
  ]);
  expect(Object.fromEntries(rows)).toEqual(outcomeTexts);
});
