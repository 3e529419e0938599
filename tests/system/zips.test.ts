import { mkdir, readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../support/host.ts";
import { hostileMails, hostileTable, writeHostileFileSet } from "../support/hostile-file-set.ts";
import { runProgram } from "../support/program.ts";

/* Zips are opened by people with programs of their own. These are not ours and know nothing of how the zips were made. */

const sums = (into: string) => readFile(join(into, "SHA256SUMS"), "utf8");
const lines = (text: string) => text.split("\n").filter(Boolean).sort();
const filesOf = async (into: string) =>
  (await readdir(into, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());

describe.each([
  ["a table", hostileTable],
  ["mails", hostileMails],
])("a file set of %s", (_, given) => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let zips: string[];

  beforeAll(async () => {
    folder = await temporaryFolder();
    zips = await writeHostileFileSet(folder.path, given);
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

  test("is what this is about: several zips, an attachment in pieces", async () => {
    expect(zips.length).toBeGreaterThan(2);
    const names = (await Promise.all((await unzipped()).map((into) => readdir(join(into, "Attachments"))))).flat();
    expect(names.filter((name) => /\.00\d$/.test(name))).toHaveLength(3);
    expect(names).toHaveLength(given.files.length - 1 + 3);
  });

  test("is unpacked by unzip without an error, and sha256sum finds every file as SHA256SUMS says", async () => {
    for (const zip of zips) expect(await runProgram("unzip", ["-t", zip])).toContain("No errors detected");
    for (const into of await unzipped()) {
      const checked = await runProgram("sha256sum", ["--check", "--strict", "SHA256SUMS"], into);
      expect(lines(checked).every((line) => line.endsWith(": OK"))).toBe(true);
      expect(lines(checked)).toHaveLength((await filesOf(into)).length - 1);
    }
  });

  test("has names that any system takes, none twice where case and composition do not count", async () => {
    for (const into of await unzipped()) {
      const paths = (await filesOf(into)).map(({ parentPath, name }) => join(parentPath.slice(into.length), name));
      expect(new Set(paths.map((path) => path.normalize("NFKC").toLowerCase())).size).toBe(paths.length);
      for (const name of paths.flatMap((path) => path.split("/").filter(Boolean))) {
        expect(name).not.toMatch(/[<>:"\\|?*\p{Cc}\u202a-\u202e\u2066-\u2069]|[. ]$|^ |^\.+$/u);
        expect(name).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d) *(\.|$)/i);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(160);
      }
    }
  });

  test("is unpacked by 7z without an error, to the same files", async () => {
    for (const zip of zips) expect(await runProgram("7z", ["t", zip])).toContain("Everything is Ok");
    const [bySeven, byUnzip] = [await unpack("7z", (zip, into) => ["x", "-y", `-o${into}`, zip]), await unzipped()];
    for (const [at, into] of bySeven.entries()) {
      expect(await runProgram("diff", ["--recursive", into, byUnzip[at] ?? ""])).toBe("");
    }
  });

  test("is read by Java as streams, without the zips' directories", async () => {
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

  test("has pieces of a cut attachment that join to the file that JOIN.txt names", async () => {
    const all = join(folder.path, "all");
    for (const zip of zips) await runProgram("unzip", ["-oq", zip, "-d", all]);
    const [, sha256 = "", name = "", command = ""] = /^([0-9a-f]{64}) {2}(.+) {2}\(3 pieces.+\n(.+)$/m.exec(
      await readFile(join(all, "JOIN.txt"), "utf8"),
    ) ?? [""];
    const before = await readdir(join(all, "Attachments"));
    await runProgram("sh", ["-c", command], join(all, "Attachments"));
    expect((await readdir(join(all, "Attachments"))).sort()).toEqual([...before, name].sort());
    const [sum] = (await runProgram("sha256sum", ["--", name], join(all, "Attachments"))).split(" ");
    expect(sum).toBe(sha256);
  });
});

test("Python's reader finds no defect in mails with hostile names, and the names in them", async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  const script = `
import email, email.policy, json, sys, zipfile
mails = []
for path in sys.argv[1:]:
    with zipfile.ZipFile(path) as zip:
        for name in zip.namelist():
            if not name.endswith(".eml"): continue
            mail = email.message_from_bytes(zip.read(name), policy=email.policy.default)
            defects = [d for part in mail.walk() for d in part.defects] + [d for v in mail.values() for d in getattr(v, "defects", [])]
            mails.append([mail["message-id"], mail["subject"], mail["from"].addresses[0].display_name, [repr(d) for d in defects]])
json.dump(mails, sys.stdout)`;
  const read = await runProgram("python3", ["-c", script, ...(await writeHostileFileSet(folder.path, hostileMails))]);
  const mails = JSON.parse(read) as [id: string, subject: string, from: string, defects: string[]][];
  expect(new Set(mails.map(([id]) => id)).size).toBe(hostileMails.files.length);
  expect(mails.flatMap(([, , , defects]) => defects)).toEqual([]);
  const [subjects, senders] = [mails.map(([, subject]) => subject), mails.map(([, , from]) => from)];
  expect(subjects).toContain("👩‍👩‍👧 family.jpg");
  for (const plain of ["予算.xlsx", "$(reboot).txt", "../../etc/passwd", "tab and newline.txt"]) {
    expect([subjects, senders]).toEqual([expect.arrayContaining([plain]), expect.arrayContaining([plain])]);
  }
});
