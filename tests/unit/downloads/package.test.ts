import { createHash } from "node:crypto";
import { once } from "node:events";
import { Readable } from "node:stream";
import { setImmediate, setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { layOut } from "../../../shared/downloads/package/layout.ts";
import { joinLine } from "../../../shared/downloads/package/manifest-lines.ts";
import {
  decodeRows,
  type IndexedContent,
  type IndexedReference,
  type SetHead,
} from "../../../shared/downloads/package/set-index.ts";
import { type PartSources, writePart } from "../../../shared/downloads/package/write-part.ts";
import { type WrittenEntry, type ZipEntry, zipStream } from "../../../shared/downloads/package/zip-stream.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { type FileSetGiven, fileSet } from "../../support/file-set.ts";
import { readSums, readZip, sha256, zipEntries } from "../../support/zip-files.ts";

const MB = 1_000_000;
const head: SetHead = {
  account: { id: "a", graphId: "g", displayName: "Adèle", userPrincipalName: "adele@x.test" },
  from: 0,
  to: 90 * 86_400_000,
  timeZone: "UTC",
  format: "csv",
  attachments: true,
  systemEvents: true,
  partBytes: MB,
  version: "1.0.0",
};

interface Given {
  readonly documents: readonly { readonly bytes: number; readonly references: number }[];
  /** Sizes; each its own content, first pointed to by the reference of the same place. */
  readonly contents: readonly number[];
  readonly missing?: number;
}

/** Incompressible bytes, the same for the same name. */
function noise(name: string, length: number): Buffer {
  return length === 0 ? Buffer.alloc(0) : createHash("shake256", { outputLength: length }).update(name).digest();
}

function given({ documents, contents, missing = 0 }: Given) {
  const bytes = contents.map((length, i) => noise(`c${i}`, length));
  const listed: IndexedContent[] = bytes.map((content, i) => ({
    sha256: sha256(content),
    bytes: content.length,
    name: `файл ${i}.bin`,
  }));
  const total = documents.reduce((sum, { references }) => sum + references, 0);
  const references: IndexedReference[] = Array.from({ length: total }, (_, i) => ({
    ...{ chatId: `19:${"x".repeat(60)}@thread.v2`, messageId: `${1_700_000_000_000 + i}`, name: `file ${i}.bin` },
    ...(contents.length > 0 && i < total - missing ? { content: i % contents.length } : { missing: "no_access" }),
  }));
  const texts = documents.map((document, i) => noise(`d${i}`, document.bytes));
  const index: FileSetGiven = {
    head,
    documents: documents.map((document, i) => ({
      ...document,
      sha256: sha256(texts[i] ?? Buffer.alloc(0)),
      name: `messages-${i + 1}.csv`,
      kind: "messages",
      messages: 3,
    })),
    contents: listed,
    references,
  };
  const spool = Buffer.concat(texts);
  const sources: Sources = {
    documents: ({ offset, bytes: length }) => Readable.from([spool.subarray(offset, offset + length)]),
    content: async (digest, offset) => {
      const found = bytes[listed.findIndex((content) => content.sha256 === digest)]?.subarray(offset);
      if (!found) throw new AppError("not_found", "storage.not_found", "gone");
      return Readable.from([found.subarray(0, 100), found.subarray(100)]);
    },
  };
  return { index, sources, bytes, spool };
}

type Sources = Omit<PartSources, "rows" | "explain">;
const EXPLAINED = { text: 'What "it", is.', remedy: "-What to do." };

async function write(index: FileSetGiven, sources: Sources) {
  const { layout, rows } = await fileSet(index);
  const zips: Buffer[] = [];
  const lost: IndexedReference[] = [];
  for (let number = 1; number <= layout.parts.length; number++) {
    const part = writePart(layout, number, { ...sources, rows, explain: () => EXPLAINED });
    zips.push(Buffer.concat(await part.zip.toArray()));
    lost.push(...part.lost());
  }
  return { zips, lost, parts: await Promise.all(zips.map(readZip)) };
}

async function writeFirst(index: FileSetGiven, sources: Sources) {
  const { layout, rows } = await fileSet(index);
  return writePart(layout, 1, { ...sources, rows, explain: () => EXPLAINED });
}

interface Manifest {
  partial: boolean;
  part: { number: number; of: number };
  counts: Record<string, number>;
  entries: { name: string; bytes: number; sha256: string; kind: string }[];
  attachments: {
    messageId: string;
    name: string;
    sha256: string;
    part: number;
    entry?: string;
    pieces?: { part: number; entry: string }[];
  }[];
  missing: { name: string; reason: string }[];
}
const manifestOf = (entries: Map<string, Buffer>) =>
  JSON.parse(entries.get("manifest.json")?.toString() ?? "") as Manifest;

function check(parts: Map<string, Buffer>[], zips: Buffer[]) {
  parts.forEach((entries, i) => {
    expect(zips[i]?.length).toBeLessThanOrEqual(MB);
    const manifest = manifestOf(entries);
    expect(manifest.part).toEqual({ number: i + 1, of: parts.length });
    const sums = readSums(entries.get("SHA256SUMS")?.toString() ?? "");
    expect([...sums.keys()]).toEqual([...entries.keys()].filter((name) => name !== "SHA256SUMS"));
    for (const [name, digest] of sums) expect(sha256(entries.get(name) ?? Buffer.alloc(0))).toBe(digest);
    const names = [...entries.keys()].filter((name) => name !== "SHA256SUMS" && name !== "manifest.json");
    expect(manifest.entries.map((entry) => entry.name)).toEqual(names);
    for (const entry of manifest.entries)
      expect([entry.bytes, entry.sha256]).toEqual([entries.get(entry.name)?.length, sums.get(entry.name)]);
  });
}

describe("the zips of a file set", () => {
  test("keep their limit, whatever is in them, and hold everything once", async () => {
    const many = {
      documents: [
        { bytes: 700_000, references: 200 },
        { bytes: 400_000, references: 30 },
      ],
      contents: Array.from({ length: 60 }, (_, i) => 1_000 + i * 1_500),
    };
    const { index, sources, bytes, spool } = given(many);
    const { zips, parts, lost } = await write(index, sources);
    check(parts, zips);
    expect(lost).toEqual([]);
    const all = new Map(parts.flatMap((entries) => [...entries]));
    expect(
      Buffer.concat([
        all.get("messages-1.csv") ?? Buffer.alloc(0),
        all.get("messages-2.csv") ?? Buffer.alloc(0),
      ]).equals(spool),
    ).toBe(true);
    bytes.forEach((content, i) => expect(all.get(`Attachments/файл ${i}.bin`)?.equals(content)).toBe(true));
    const first = manifestOf(parts[0] ?? new Map());
    expect(first.attachments).toHaveLength(200);
    for (const { part, entry = "" } of first.attachments) expect(parts[part - 1]?.has(entry)).toBe(true);
    expect(first.attachments.some(({ part }) => part > 1)).toBe(true);
    expect(zips.slice(0, -1).every((zip) => zip.length > 600_000)).toBe(true);
  });

  test("keep their limit for any sizes", async () => {
    const sizes = fc.record({
      documents: fc.array(
        fc.record({ bytes: fc.integer({ min: 1, max: 900_000 }), references: fc.integer({ min: 1, max: 60 }) }),
        { minLength: 1, maxLength: 3 },
      ),
      contents: fc.array(fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 970_000, max: 1_010_000 })), {
        maxLength: 1,
      }),
    });
    await fc.assert(
      fc.asyncProperty(sizes, async (one) => {
        const { index, sources } = given(one);
        const { zips, parts } = await write(index, sources);
        check(parts, zips);
      }),
      { numRuns: 15 },
    );
  });

  test("have no more entries than any program can read", async () => {
    const { index } = given({ documents: [{ bytes: 1, references: 1 }], contents: [1] });
    const [document] = index.documents;
    if (!document) throw new Error("no document");
    const documents = Array.from({ length: 130_000 }, (_, at) => ({ ...document, references: at === 0 ? 1 : 0 }));
    const { layout, rows } = await fileSet({ ...index, head: { ...head, partBytes: 1_000 * MB }, documents });
    const entries = await Promise.all(
      layout.parts.map(async (part) => {
        const own = await Array.fromAsync(rows(part.rows));
        return own.filter(({ row }) => "document" in row).length + part.slots.length;
      }),
    );
    expect(entries).toEqual([64_996, 64_996, 9]);
  });

  test("list a content that lies in them by the messages that they tell of, or else by the first that points to it", async () => {
    const documents = [1, 1, 0].map((references) => ({ bytes: 700_000, references }));
    const { index, sources } = given({ documents, contents: [200_000] });
    const listed = async (references: number[]) => {
      const told = index.documents.map((one, at) => ({ ...one, references: references[at] ?? 0 }));
      const { parts } = await write({ ...index, documents: told }, sources);
      expect(parts.map((part) => part.has("Attachments/файл 0.bin"))).toEqual([false, false, true]);
      return parts.map((part) => manifestOf(part).attachments.map(({ messageId }) => messageId));
    };
    const [one, two] = index.references.map(({ messageId }) => messageId);
    expect(await listed([1, 1, 0])).toEqual([[one], [two], [one]]);
    expect(await listed([1, 0, 1])).toEqual([[one], [], [two]]);
    expect(await listed([0, 0, 2])).toEqual([[], [], [one, two]]);
  });

  test("store small attachments with their size before them, and deflate large ones", async () => {
    const large = { ...head, partBytes: 100 * MB };
    const { index, sources } = given({ documents: [{ bytes: 10, references: 2 }], contents: [9 * MB, 8 * MB] });
    const { zip } = await writeFirst({ ...index, head: large }, sources);
    const entries = await zipEntries(Buffer.concat(await zip.toArray()));
    const described = entries.map(({ fileName, compressionMethod, generalPurposeBitFlag }) => ({
      fileName,
      isStored: compressionMethod === 0,
      hasSizeBehind: (generalPurposeBitFlag & 8) !== 0,
    }));
    expect(described.slice(0, 3)).toEqual([
      { fileName: "messages-1.csv", isStored: false, hasSizeBehind: true },
      { fileName: "Attachments/файл 0.bin", isStored: false, hasSizeBehind: true },
      { fileName: "Attachments/файл 1.bin", isStored: true, hasSizeBehind: false },
    ]);
  });

  test("wait for a slow reader instead of holding what is to come", async () => {
    const wide = { ...head, partBytes: 1_000 * MB };
    const { index, sources } = given({ documents: [{ bytes: 10, references: 12 }], contents: Array(12).fill(2 * MB) });
    let asked = 0;
    const counted: Sources = { ...sources, content: (...which) => ((asked += 1), sources.content(...which)) };
    const { zip } = await writeFirst({ ...index, head: wide }, counted);
    const reading = zip[Symbol.asyncIterator]();
    for (let read = 0; read < 3 * MB; ) read += ((await reading.next()).value as Buffer).length;
    await setTimeout(200);
    expect(asked).toBeLessThan(9);
    while (!(await reading.next()).done);
    expect(asked).toBe(12);
  });

  test("need little memory for the directory of as many entries as one may have", async () => {
    const resourceLimits = { maxOldGenerationSizeMb: 128 };
    const worker = new Worker(new URL("../../support/zip-of-many.ts", import.meta.url), { resourceLimits });
    // Two headers for each entry.
    expect(await once(worker, "message")).toEqual([expect.toSatisfy((bytes: number) => bytes > 65_000 * 2 * 90)]);
  });

  test("end what they read from when their reader goes away", async () => {
    const ended = Promise.withResolvers<string>();
    const entries = async function* (): AsyncGenerator<ZipEntry, void, WrittenEntry> {
      try {
        for (let at = 0; at < 1_000; at++) yield { name: `${at}`, bytes: noise(`${at}`, 100_000), stored: true };
      } finally {
        ended.resolve("ended");
      }
    };
    for await (const chunk of zipStream(entries()) as AsyncIterable<Buffer>) if (chunk.length > 0) break;
    expect(await ended.promise).toBe("ended");
  });

  test("hold an empty document and an empty attachment", async () => {
    const { index, sources } = given({ documents: [{ bytes: 0, references: 1 }], contents: [0] });
    const { zips, parts } = await write(index, sources);
    check(parts, zips);
    expect(["messages-1.csv", "Attachments/файл 0.bin"].map((name) => parts[0]?.get(name)?.length)).toEqual([0, 0]);
  });

  test("are told of names that break lines elsewhere", async () => {
    const { index, sources } = given({ documents: [{ bytes: 10, references: 1 }], contents: [10], missing: 1 });
    const names = ["a\u2028b\u2029c.txt", "\r\n\u0085"];
    const references = index.references.flatMap((one) => names.map((name) => ({ ...one, name })));
    const documents = index.documents.map((document) => ({ ...document, references: references.length }));
    const { parts } = await write({ ...index, contents: [], documents, references }, sources);
    expect(manifestOf(parts[0] ?? new Map()).missing.map(({ name }) => name)).toEqual(names);
  });

  test("are the same bytes every time", async () => {
    const { index, sources } = given({ documents: [{ bytes: 50_000, references: 9 }], contents: [10, 1_500_000, 20] });
    const [once, again] = [await write(index, sources), await write(index, sources)];
    expect(once.zips.map(sha256)).toEqual(again.zips.map(sha256));
  });

  test("come from an index that is laid out as it was when it was written, or from none", async () => {
    const { index: short } = given({ documents: [{ bytes: 50_000, references: 9 }], contents: [10, 1_500_000, 20] });
    const { index } = await fileSet(short);
    const rows = (text: string) => decodeRows(Readable.from([Buffer.from(text)]));
    const text = index.toString();
    expect((await layOut(rows(text))).parts).toHaveLength(3);
    const end = /\{"end":"[0-9a-f]{64}"\}\n$/;
    expect(text).toMatch(end);
    // Another limit lays the same out in other parts, as another release may.
    const other = text.replace(`"partBytes":${MB}`, `"partBytes":${2 * MB}`);
    for (const wrong of [other, text.replace(end, ""), text.replace(end, '{"end":true}\n')])
      await expect(layOut(rows(wrong))).rejects.toThrow(SyntaxError);
  });

  test("hold an attachment too large for one as pieces that join again", async () => {
    const { index, sources, bytes } = given({ documents: [{ bytes: 1_000, references: 3 }], contents: [2_500_000] });
    const { zips, parts } = await write(index, sources);
    check(parts, zips);
    const { pieces = [], sha256: digest } = manifestOf(parts[0] ?? new Map()).attachments[0] ?? { sha256: "" };
    expect(pieces.map(({ entry }) => entry)).toEqual(["001", "002", "003"].map((n) => `Attachments/файл 0.bin.${n}`));
    const joined = Buffer.concat(pieces.map(({ part, entry }) => parts[part - 1]?.get(entry) ?? Buffer.alloc(0)));
    expect(joined.equals(bytes[0] ?? joined.subarray(1))).toBe(true);
    expect(sha256(joined)).toBe(digest);
    expect(parts[1]?.get("JOIN.txt")?.toString()).toContain(`${digest}  файл 0.bin  (3 pieces, 2500000 bytes)`);
  });

  test("tell how to join pieces with shells and with PowerShell", () => {
    const whole = { sha256: "0".repeat(64), name: "19 Chat/it's ‘50%^’ $(x) `[1].eml", bytes: 5 };
    expect(joinLine(whole, 12)).toBe(`${whole.sha256}  ${whole.name}  (12 pieces, 5 bytes)
  cat ./'it'\\''s ‘50%^’ $(x) \`[1].eml'.[0-9][0-9][0-9] > ./'it'\\''s ‘50%^’ $(x) \`[1].eml'
  & { $ErrorActionPreference = 'Stop'; $name = [IO.Path]::Combine($PWD.ProviderPath, 'it''s ‘‘50%^’’ $(x) \`[1].eml'); \
$whole = [IO.File]::Create($name); try { foreach ($n in 1..12) { $piece = [IO.File]::OpenRead($name + $n.ToString('\\.000')); \
try { $piece.CopyTo($whole) } finally { $piece.Dispose() } } } finally { $whole.Dispose() }; \
(Get-FileHash -LiteralPath $name).Hash.ToLower() }

`);
  });

  test("have names of pieces that PowerShell takes for nothing but a name", () => {
    const mark = fc.constantFrom("'", "‘", "’", "‚", "‛", '"', "$", "`", ")", ";", "a", "\n");
    fc.assert(
      fc.property(fc.string({ unit: mark }), (name) => {
        const [, literal = ""] = joinLine({ sha256: "", name, bytes: 1 }, 2).split("ProviderPath, ");
        // Where a quote is followed by another, the first of both is meant; where it is not, the text ends.
        const [text = ""] = /^'(['‘’‚‛]{2}|[^'‘’‚‛])*'/.exec(literal) ?? [];
        expect(text.slice(1, -1).replace(/(['‘’‚‛])['‘’‚‛]/g, "$1")).toBe(name);
        expect(literal.slice(text.length)).toMatch(/^\); \$whole = /);
      }),
    );
  });

  test("say what is missing, each in a table and in its manifest", async () => {
    const { index, sources } = given({ documents: [{ bytes: 10, references: 5 }], contents: [5], missing: 2 });
    const { parts, zips } = await write(index, sources);
    check(parts, zips);
    const entries = parts[0] ?? new Map<string, Buffer>();
    const rows: Record<string, string>[] = parse(entries.get("MISSING.csv") ?? "", { bom: true, columns: true });
    expect(rows.map((row) => [row["name"], row["reason"], row["text"], row["remedy"]])).toEqual([
      ["file 3.bin", "no_access", EXPLAINED.text, `'${EXPLAINED.remedy}`],
      ["file 4.bin", "no_access", EXPLAINED.text, `'${EXPLAINED.remedy}`],
    ]);
    expect(manifestOf(entries)).toMatchObject({ partial: true, counts: { messages: 3, attachments: 1, missing: 2 } });
    expect(manifestOf(entries).missing).toHaveLength(2);
  });

  test("tell of a content that went away or was damaged since it was planned", async () => {
    const { index, sources } = given({ documents: [{ bytes: 10, references: 3 }], contents: [500, 600, 700] });
    const broken: Sources = {
      ...sources,
      content: (digest, offset) => {
        if (digest === index.contents[0]?.sha256) throw new AppError("not_found", "storage.not_found", "gone");
        return digest === index.contents[1]?.sha256
          ? Promise.resolve(Readable.from([Buffer.alloc(601)]))
          : sources.content(digest, offset);
      },
    };
    const { parts, zips, lost } = await write(index, broken);
    check(parts, zips);
    expect(lost.map(({ name, missing }) => [name, missing])).toEqual([
      ["file 0.bin", "gone"],
      ["file 1.bin", "damaged"],
    ]);
    expect(manifestOf(parts[0] ?? new Map())).toMatchObject({ partial: true, counts: { missing: 2, attachments: 2 } });
  });

  test("tell of an attachment in pieces of which one byte is another, and read none of its bytes more than twice", async () => {
    const { index, sources, bytes } = given({ documents: [{ bytes: 1_000, references: 1 }], contents: [5_500_000] });
    let read = 0;
    const spoilt = (at: number): Sources => ({
      ...sources,
      content: async (_, offset) => {
        const whole = Buffer.from(bytes[0] ?? []);
        whole[at] = (whole[at] ?? 0) ^ 1;
        const pieces = function* () {
          for (let from = offset; from < whole.length; from += 65_536) {
            const chunk = whole.subarray(from, from + 65_536);
            read += chunk.length;
            yield chunk;
          }
        };
        return Readable.from(pieces(), { highWaterMark: 1 });
      },
    });
    for (const at of [0, 2_000_000, 5_499_999]) {
      read = 0;
      const { parts, lost } = await write(index, spoilt(at));
      expect(lost.map(({ name, missing }) => [name, missing])).toEqual([["file 0.bin", "damaged"]]);
      expect(manifestOf(parts.at(-1) ?? new Map())).toMatchObject({ partial: true, counts: { missing: 1 } });
      expect(read).toBeLessThan(2 * 5_500_000 + 6 * 2 * 65_536);
    }
  });

  test("fail as a whole when a document is not what was rendered", async () => {
    const { index, sources } = given({ documents: [{ bytes: 1_000, references: 1 }], contents: [10] });
    for (const bytes of [0, 999, 1_001, 1_000]) {
      const part = await writeFirst(index, {
        ...sources,
        documents: () => Readable.from([Buffer.alloc(bytes)]),
      });
      await expect(part.zip.toArray()).rejects.toMatchObject({ code: "download.spool_lost" });
    }
  });

  describe("end what they are made from when", () => {
    /** Waits until everything that was opened is closed. */
    async function ends({ documents, contents }: Given, stop: (zip: Readable) => Promise<void> | void) {
      const { index, sources } = given({ documents, contents });
      const opened: Readable[] = [];
      const open = (chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) => {
        const stream = Readable.from(chunks);
        opened.push(stream);
        return stream;
      };
      const cut = function* (whole: Buffer) {
        for (let at = 0; at < whole.length; at += 65_536) yield whole.subarray(at, at + 65_536);
      };
      const kept: Sources = {
        documents: async function* (extent) {
          yield* open(cut(Buffer.concat(await Array.fromAsync(sources.documents(extent))))) as AsyncIterable<Buffer>;
        },
        content: async (...which) => open(cut(Buffer.concat(await (await sources.content(...which)).toArray()))),
      };
      const { zip } = await writeFirst({ ...index, head: { ...head, partBytes: 1_000 * MB } }, kept);
      zip.on("error", () => undefined);
      await stop(zip);
      await vi.waitFor(() => {
        expect(opened.length).toBeGreaterThan(0);
        expect(opened.filter((stream) => !stream.closed)).toEqual([]);
      });
    }
    const untilRead = async (zip: Readable, bytes: number) => {
      for await (const chunk of zip.iterator({ destroyOnReturn: false }))
        if ((bytes -= (chunk as Buffer).length) <= 0) return;
    };
    const goAway = async (zip: Readable) => (await untilRead(zip, MB), void zip.destroy());

    test.each<[string, Given]>([
      ["a long document", { documents: [{ bytes: 20 * MB, references: 1 }], contents: [] }],
      [
        "a short document",
        { documents: Array.from({ length: 30 }, () => ({ bytes: 500_000, references: 0 })), contents: [] },
      ],
      ["a large attachment", { documents: [{ bytes: 10, references: 1 }], contents: [20 * MB] }],
      ["a small attachment", { documents: [{ bytes: 10, references: 9 }], contents: Array(9).fill(MB) }],
    ])("their reader goes away in the middle of %s", (_, what) => ends(what, goAway));

    test("nobody reads them", () =>
      ends({ documents: [{ bytes: 20 * MB, references: 0 }], contents: [] }, async (zip) => {
        await setImmediate();
        zip.destroy();
      }));
  });

  test("fail as a whole when a source fails", async () => {
    const { index, sources } = given({ documents: [{ bytes: 10, references: 2 }], contents: [500_000, 600] });
    const broken: Sources = {
      ...sources,
      content: () =>
        Promise.resolve(
          Readable.from(
            (async function* () {
              yield Buffer.alloc(100);
              await Promise.reject(new Error("connection lost"));
            })(),
          ),
        ),
    };
    const part = await writeFirst(index, broken);
    await expect(part.zip.toArray()).rejects.toThrow("connection lost");
  });
});
