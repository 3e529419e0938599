import { mkdir, readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../support/host.ts";
import { writeHostileFileSet } from "../support/hostile-file-set.ts";
import { runProgram } from "../support/program.ts";

/* Zips are opened by people with programs of their own. These are not ours and know nothing of how the zips were made. */

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let zips: string[];
let attachments: number;

beforeAll(async () => {
  folder = await temporaryFolder();
  ({ zips, attachments } = await writeHostileFileSet(folder.path));
});

afterAll(() => folder.remove());

/** Each zip unpacked into a folder of its own, by a program that is given both. */
async function unpack(program: string, args: (zip: string, into: string) => string[]): Promise<string[]> {
  return Promise.all(
    zips.map(async (zip) => {
      const into = join(folder.path, program, basename(zip, ".zip"));
      await mkdir(into, { recursive: true });
      await runProgram(program, args(zip, into));
      return into;
    }),
  );
}
const unzipped = () => unpack("unzip", (zip, into) => ["-oq", zip, "-d", into]);

const sums = (into: string) => readFile(join(into, "SHA256SUMS"), "utf8");
const lines = (text: string) => text.split("\n").filter(Boolean).sort();

test("the file set is what this is about: several zips, an attachment in pieces", async () => {
  expect(zips.length).toBeGreaterThan(2);
  const names = (await Promise.all((await unzipped()).map((into) => readdir(join(into, "Attachments"))))).flat();
  expect(names.filter((name) => /\.\d{3}$/.test(name))).toHaveLength(3);
  expect(names).toHaveLength(attachments - 1 + 3);
});

test("unzip finds no error, and sha256sum finds every file as SHA256SUMS says", async () => {
  for (const zip of zips) expect(await runProgram("unzip", ["-t", zip])).toContain("No errors detected");
  for (const into of await unzipped()) {
    const checked = await runProgram("sha256sum", ["--check", "--strict", "SHA256SUMS"], into);
    expect(lines(checked).every((line) => line.endsWith(": OK"))).toBe(true);
    const files = (await readdir(into, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
    expect(lines(checked)).toHaveLength(files.length - 1);
  }
});

test("7z finds no error and unpacks the same files", async () => {
  for (const zip of zips) expect(await runProgram("7z", ["t", zip])).toContain("Everything is Ok");
  const [bySeven, byUnzip] = [await unpack("7z", (zip, into) => ["x", "-y", `-o${into}`, zip]), await unzipped()];
  for (const [at, into] of bySeven.entries()) {
    expect(await runProgram("diff", ["--recursive", into, byUnzip[at] ?? ""])).toBe("");
  }
});

test("Java reads every zip as a stream, without its directory", async () => {
  const reader = fileURLToPath(new URL("ReadZip.java", import.meta.url));
  const unpacked = await unzipped();
  await runProgram("javac", ["-d", folder.path, reader]);
  for (const [at, zip] of zips.entries()) {
    const read = lines(await runProgram("java", ["-cp", folder.path, "ReadZip", zip])).filter(
      (line) => !line.endsWith("  SHA256SUMS"),
    );
    expect(read).toEqual(lines(await sums(unpacked[at] ?? "")));
  }
});

test("the pieces of a cut attachment join to the file that JOIN.txt names", async () => {
  const all = join(folder.path, "all");
  for (const zip of zips) await runProgram("unzip", ["-oq", zip, "-d", all]);
  const [, sha256 = "", name = ""] = /^([0-9a-f]{64}) {2}(.+) {2}\(3 pieces/m.exec(
    await readFile(join(all, "JOIN.txt"), "utf8"),
  ) ?? [""];
  await runProgram("sh", ["-c", 'cat "$1".[0-9]* > "$1"', "sh", name], join(all, "Attachments"));
  const [sum] = (await runProgram("sha256sum", [name], join(all, "Attachments"))).split(" ");
  expect(sum).toBe(sha256);
});
