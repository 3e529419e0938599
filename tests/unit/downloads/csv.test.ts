import { readFile } from "node:fs/promises";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseMessage } from "../../../shared/chats/message.ts";
import { guardCell } from "../../../shared/downloads/render/csv/cell.ts";
import { csvRenderer } from "../../../shared/downloads/render/csv/csv-renderer.ts";
import { CSV_COLUMNS, csvRow } from "../../../shared/downloads/render/csv/csv-row.ts";
import type { DocumentSink, RenderItem } from "../../../shared/downloads/render/renderer.ts";

const item = (raw: Record<string, unknown>, more: Partial<RenderItem> = {}): RenderItem => ({
  message: parseMessage({ chatId: "19:a@thread.v2", id: "1", ...raw }),
  chat: {},
  from: {},
  nameOf: () => undefined,
  contents: [],
  ...more,
});

async function render(
  items: RenderItem[],
  options: { mostRows?: number; fits?: (held: number) => boolean; timeZone?: string } = {},
) {
  const documents: { name: string; bytes: Buffer[] }[] = [];
  const held = () => Buffer.concat(documents.at(-1)?.bytes ?? []).length;
  const sink: DocumentSink = {
    begin: (name) => void documents.push({ name, bytes: [] }),
    fits: (bytes) => documents.length > 0 && (options.fits?.(held() + bytes) ?? true),
    write: (bytes) => (documents.at(-1)?.bytes.push(Buffer.from(bytes)), Promise.resolve()),
  };
  const renderer = csvRenderer(options.timeZone ?? "UTC", options.mostRows);
  for (const one of items) await renderer.add(one, sink);
  await renderer.end(sink);
  return documents.map(({ name, bytes }) => ({ name, text: Buffer.concat(bytes).toString() }));
}
const read = (text: string): Record<string, string>[] =>
  parse(text, { bom: true, columns: true, record_delimiter: "\r\n" });

describe("a CSV", () => {
  test("begins with a BOM and the documented columns, and holds them alone when there is no message", async () => {
    const [file] = await render([]);
    expect(file).toEqual({
      name: "messages.csv",
      text: "\ufeffchatId,messageId,etag,createdDateTime,lastModifiedDateTime,messageType,chatType,chatTopic,fromId,fromName,fromAddress,text,html,attachments,mentions,reactions,edited,deleted,importance,createdLocal\r\n",
    });
  });

  test("has the columns that are documented, in that order", async () => {
    const page = await readFile(new URL("../../../docs/downloads.md", import.meta.url), "utf8");
    const rows = page.split("## CSV")[1]?.matchAll(/^\| (`.*?) *\|/gm) ?? [];
    expect([...rows].flatMap(([, names = ""]) => [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name))).toEqual(
      CSV_COLUMNS,
    );
  });

  test("tells all of a message", async () => {
    const one = item(
      {
        etag: "5",
        messageType: "message",
        createdDateTime: "2026-03-29T00:30:00.5Z",
        lastModifiedDateTime: "2021-03-1706:47:05.123Z",
        lastEditedDateTime: "2026-03-29T01:00:00Z",
        importance: "high",
        body: { contentType: "html", content: '<p>a,"b"</p><p>=1</p>' },
        mentions: [{ id: 0, mentionText: "Everyone" }],
        reactions: [
          { reactionType: "like", user: { user: { id: "u1" } } },
          { reactionType: "🎉", user: { user: { displayName: "Megan" } } },
        ],
      },
      {
        chat: { type: "group", topic: "@plans" },
        from: { id: "u1", name: "Adele", address: "a@x.test" },
        nameOf: (id) => (id === "u1" ? "Adele" : undefined),
        contents: [
          { kind: "file", key: "a", name: "a.docx", entry: "Attachments/a.docx", sha256: "0" },
          { kind: "file", key: "b", name: "b.docx", missing: "gone" },
        ],
      },
    );
    const [file] = await render([one], { timeZone: "Europe/Berlin" });
    expect(read(file?.text ?? "")).toEqual([
      {
        ...{ chatId: "19:a@thread.v2", messageId: "1", etag: "5", messageType: "message", importance: "high" },
        ...{ createdDateTime: "2026-03-29T00:30:00.5Z", lastModifiedDateTime: "2021-03-1706:47:05.123Z" },
        ...{ chatType: "group", chatTopic: "'@plans", fromId: "u1", fromName: "Adele", fromAddress: "a@x.test" },
        ...{ text: 'a,"b"\n=1', html: '<p>a,"b"</p><p>=1</p>', mentions: "Everyone", reactions: "👍 Adele; 🎉 Megan" },
        ...{
          attachments: "Attachments/a.docx\nb.docx (missing: gone)",
          edited: "2026-03-29T01:00:00.000Z",
          deleted: "",
        },
        createdLocal: "2026-03-29 01:30:00 +01:00",
      },
    ]);
  });

  test("has one line for each picture and file, whatever they are called", async () => {
    const name = "lost.docx\nAttachments/forged.docx\r\u2028x";
    const contents = [{ kind: "file" as const, key: "a", name, missing: "gone" }];
    const [file] = await render([item({}, { contents })]);
    expect(read(file?.text ?? "")[0]?.["attachments"]).toBe("lost.docx Attachments/forged.docx x (missing: gone)");
  });

  test("says when a message was written by its id, too, where its date cannot be read", async () => {
    const dates = { createdDateTime: "2021-03-1706:47:05.123Z" };
    const files = await render([item({ ...dates, id: "1764000000000" }), item({ ...dates, id: "1.764e12" })]);
    const rows = read(files[0]?.text ?? "");
    expect(rows.map((row) => row["createdLocal"])).toEqual(["2025-11-24 16:00:00 +00:00", ""]);
  });

  test("is cut at a number of rows and where the next row would not fit a zip", async () => {
    const items = Array.from({ length: 5 }, (_, id) => item({ id: `${id}` }));
    const names = (files: { name: string; text: string }[]) =>
      files.map(({ name, text }) => [name, read(text).map((row) => row["messageId"])]);
    expect(names(await render(items, { mostRows: 2 }))).toEqual([
      ["messages.csv", ["0", "1"]],
      ["messages-2.csv", ["2", "3"]],
      ["messages-3.csv", ["4"]],
    ]);
    const never = await render(items.slice(0, 2), { fits: () => false });
    expect(names(never)).toEqual([
      ["messages.csv", ["0"]],
      ["messages-2.csv", ["1"]],
    ]);
  });
});

describe("a cell", () => {
  test.each(["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\n=1", "\0=1", "＝1+1", "＋1", "－1", "＠x", "'x", "''"])(
    "that begins like a formula (%j) gets one mark",
    (text) => expect(guardCell(text)).toBe(`'${text}`),
  );
  test.each(["", "a=1", " =1", "a\n=1", "a＝1", "1"])("that does not (%j) stays", (text) =>
    expect(guardCell(text)).toBe(text),
  );

  test("is restored by removing exactly one mark, through an independent reader", () => {
    const cell = fc.oneof(
      fc.string({ maxLength: 30 }),
      fc
        .array(fc.constantFrom("=", "＝", "＠", "\0", "'", '"', ",", "\r", "\n", "\r\n", "\t", "x", " ", ";"), {
          maxLength: 8,
        })
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(fc.array(cell, { minLength: 2, maxLength: 5 }), (cells) => {
        const records: string[][] = parse(csvRow(cells), { record_delimiter: "\r\n" });
        expect(records[0]?.map((one) => one.replace(/^'/, ""))).toEqual(cells);
      }),
      { numRuns: 1_000 },
    );
  });

  test("stands in its column", () => expect(CSV_COLUMNS).toHaveLength(20));
});
