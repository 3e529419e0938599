import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hostileHtml, hostileTexts } from "../../local/graph-simulator/tenant/texts/hostile.ts";
import { parseMessage } from "../../shared/chats/message.ts";
import { csvRenderer } from "../../shared/downloads/render/csv/csv-renderer.ts";
import { temporaryFolder } from "../support/host.ts";
import { runProgram } from "../support/program.ts";

/* Texts as hostile people write them, and by chance, read back with programs that did not write them. */

const alphabet = fc.constantFrom(..."=+-@＝＠'\"\t\r\n,;|\u0000\u0001\u2028\ufeff\u200b\u202e ax日😀");
const texts = [
  ...[...hostileTexts, ...hostileHtml, "", " ", "\r\n", "'", "''", '"', '""', "x".repeat(200_000)],
  ...fc.sample(fc.string({ unit: alphabet, maxLength: 12 }), { numRuns: 2_000, seed: 7 }),
];
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let file: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  file = join(folder.path, "messages.csv");
  const chunks: Uint8Array[] = [];
  const sink = {
    begin: () => undefined,
    fits: () => true,
    write: (bytes: Uint8Array) => Promise.resolve(void chunks.push(bytes)),
  };
  const renderer = csvRenderer("UTC");
  for (const [at, content] of texts.entries()) {
    const contentType = at % 2 === 0 ? "text" : "html";
    const message = parseMessage({ chatId: content, id: `${at}`, body: { contentType, content } });
    const from = { name: content, address: content };
    await renderer.add({ message, chat: { topic: content }, from, nameOf: () => undefined, contents: [] }, sink);
  }
  await renderer.end(sink);
  await writeFile(file, Buffer.concat(chunks));
});
afterAll(() => folder.remove());

/** The columns that hold a text as it was given. */
function given(row: Record<string, string>): (string | undefined)[] {
  const body = Number(row["messageId"]) % 2 === 0 ? row["text"] : row["html"];
  return [row["chatId"], row["chatTopic"], row["fromName"], row["fromAddress"], body];
}
const expected = texts.map((text) => [text, text, text, text, text]);

test("Python reads every text exactly, by the recipe of the documentation", async () => {
  const script = `
import csv, json, sys
csv.field_size_limit(2**31 - 1)
with open(sys.argv[1], encoding="utf-8-sig", newline="") as file:
    rows = [{name: cell[1:] if cell.startswith("'") else cell for name, cell in row.items()} for row in csv.DictReader(file)]
json.dump(rows, sys.stdout)`;
  const rows = JSON.parse(await runProgram("python3", ["-c", script, file])) as Record<string, string>[];
  expect(rows.map(given)).toEqual(expected);
});

test("csv-parse reads every text exactly", async () => {
  const rows: Record<string, string>[] = parse(await readFile(file), { bom: true, columns: true });
  const exact = rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, cell.replace(/^'/, "")])),
  );
  expect(exact.map(given)).toEqual(expected);
});
