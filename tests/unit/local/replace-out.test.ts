import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { replaceOut } from "../../../local/demo/replace-out.ts";
import { temporaryFolder } from "../../support/host.ts";

let out = "";
beforeEach(async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  out = join(folder.path, "out");
});

/** What a run of the demo leaves, with one zip of that name. */
async function replace(name: string) {
  const made = `${out}.new`;
  await mkdir(join(made, "csv"), { recursive: true });
  const file = join(made, "csv", name);
  await writeFile(file, name);
  return replaceOut(out, made, [{ accountId: "a", file, bytes: name.length, sha256: "0".repeat(64) }]);
}

const names = async (folder: string) =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();

test("a folder of the demo alone is replaced, whatever was in it", async () => {
  expect(await replace("one.zip")).toBeUndefined();
  expect(await replace("two.zip")).toBeUndefined();
  expect(await names(out)).toEqual(["SHA256SUMS", "two.zip"]);
  expect(await readFile(join(out, "SHA256SUMS"), "utf8")).toBe(`${"0".repeat(64)}  csv/two.zip\n`);
});

test("one in which others wrote is moved aside, whole, and never onto another", async () => {
  await replace("one.zip");
  await writeFile(join(out, "csv", "notes.txt"), "mine");
  expect(await replace("two.zip")).toBe(`${out}.1`);
  await writeFile(join(out, "notes.txt"), "mine, too");
  expect(await replace("three.zip")).toBe(`${out}.2`);
  expect(await names(`${out}.1`)).toEqual(["SHA256SUMS", "notes.txt", "one.zip"]);
  expect(await names(`${out}.2`)).toEqual(["SHA256SUMS", "notes.txt", "two.zip"]);
  expect(await names(out)).toEqual(["SHA256SUMS", "three.zip"]);
});

test("a folder that the demo did not make, even an empty list of its files, or a file of that name is kept", async () => {
  await mkdir(out);
  await writeFile(join(out, "thesis.docx"), "mine");
  expect(await replace("one.zip")).toBe(`${out}.1`);
  expect(await names(`${out}.1`)).toEqual(["thesis.docx"]);
  const file = join(out, "..", "file");
  await writeFile(file, "mine");
  await mkdir(`${file}.new`);
  expect(await replaceOut(file, `${file}.new`, [])).toBe(`${file}.1`);
  expect(await readFile(`${file}.1`, "utf8")).toBe("mine");
});
