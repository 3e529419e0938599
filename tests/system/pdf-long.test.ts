import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../support/host.ts";
import { runProgram } from "../support/program.ts";

/* One word of millions of letters, within the memory that a host has beside others. */

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => (folder = await temporaryFolder()));
afterAll(() => folder.remove());

const LETTERS = 4_000_000;
const HEAP_MB = 320;
/** What stands below the head of a page, in points. */
const BELOW_HEAD = ["-x", "0", "-y", "62", "-W", "596", "-H", "780"];

async function textOf(piece: string, before = "", behind = ""): Promise<string> {
  const workerData = { before, piece, times: LETTERS / piece.length, behind };
  const resourceLimits = { maxOldGenerationSizeMb: HEAP_MB };
  const worker = new Worker(new URL("../support/pdf-of-long-body.ts", import.meta.url), { workerData, resourceLimits });
  const [bytes] = (await once(worker, "message")) as [Uint8Array];
  const [pdf, text] = [join(folder.path, "long.pdf"), join(folder.path, "long.txt")];
  await writeFile(pdf, bytes);
  await runProgram("pdftotext", [...BELOW_HEAD, pdf, text]);
  return (await readFile(text, "utf8")).replace(/[\s\u202a-\u202e]+/g, "");
}

test.each([
  ["Latin", "QWxhZGRpbjpvcGVuIHNl"],
  ["Arabic", "السلامعليكمورحمةالله"],
  ["Hebrew", "שלוםלכולםאנחנוכאןהיום"],
  ["Chinese", "今天天气很好我们去公园散步吧大家一起"],
])("a word of four million letters of %s is there to the last", async (_, piece) => {
  const said = piece.repeat(LETTERS / piece.length);
  const given = await textOf(piece);
  expect(given.endsWith(said)).toBe(true);
});

test.each([
  ["marks", "\u0301"],
  ["joiners", "\u200d"],
  ["characters without width", "\u200b"],
])("what stands around four million %s is there", async (_, piece) => {
  expect((await textOf(piece, "a", "z end")).replace(/[\u0301\u200b\u200d\u00a0]/g, "").normalize("NFD")).toMatch(
    /a\u0301?zend$/,
  );
});
