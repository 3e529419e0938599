import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { parseMessage } from "../../shared/chats/message.ts";
import { referencesOf } from "../../shared/chats/references.ts";
import { decodeRows } from "../../shared/downloads/package/set-index.ts";
import { SetBuilder } from "../../shared/downloads/package/set-builder.ts";
import { writePart } from "../../shared/downloads/package/write-part.ts";
import { csvRenderer } from "../../shared/downloads/render/csv/csv-renderer.ts";
import { noise } from "./download-world.ts";
import { sha256 } from "./zip-files.ts";

const START = Date.UTC(2026, 0, 10, 9);
const PART_BYTES = 1_000_000;

/** Names as people and attackers give them to files; two differ in case alone. */
const NAMES = [
  ...["Бюджет 2026.xlsx", "予算.xlsx", "ميزانية.pdf", "naïve café.txt", "👩‍👩‍👧 family.jpg", "photo\u202egpj.exe"],
  ...["../../etc/passwd", "C:\\autoexec.bat", "con.txt", "a\nb.txt", "-rf.txt", "$(reboot).txt", "trailing dot.", "'"],
  ...["Report.txt", "report.TXT", "x".repeat(300) + ".docx", "video.mp4"],
];

/** The zips of a file set as a download makes them, put into a folder: several parts, names of every kind, and one attachment
 * in pieces. */
export async function writeHostileFileSet(folder: string): Promise<{ zips: string[]; attachments: number }> {
  const contents = new Map(NAMES.map((name) => [name, noise(name, name === "video.mp4" ? 2_500_000 : 60_000)]));
  const bySha = new Map([...contents.values()].map((bytes) => [sha256(bytes), bytes]));
  const [spool, rows]: [Uint8Array[], string[]] = [[], []];
  const account = { id: "a", graphId: "g", displayName: "Adèle", userPrincipalName: "adele@contoso.test" };
  const range = { from: START - 86_400_000, to: START + 86_400_000, timeZone: "Europe/Paris", format: "csv" };
  const more = { attachments: true, systemEvents: true, partBytes: PART_BYTES, version: "1.0.0" };
  const builder = new SetBuilder(
    { account, ...range, ...more },
    {
      document: async (bytes) => void spool.push(bytes),
      index: async (text) => void rows.push(text),
    },
  );
  const renderer = csvRenderer("Europe/Paris");
  for (const [at, name] of NAMES.entries()) {
    const message = parseMessage(rawMessage(at, name));
    const bytes = contents.get(name) ?? Buffer.alloc(0);
    const references = referencesOf(message);
    const { chatId, id: messageId } = message;
    const stored = { state: "stored", sha256: sha256(bytes), bytes: bytes.length } as const;
    const records = references.map((reference) => ({ chatId, messageId, reference, ...stored }));
    const item = { message, chat: { type: "group", topic: "Files" }, from: {}, nameOf: () => undefined };
    await renderer.add(builder.place(item, references, records), builder);
  }
  await renderer.end(builder);
  const layout = await builder.finish();
  const [documents, index] = [Buffer.concat(spool), Buffer.from(rows.join(""))];
  const zips: string[] = [];
  for (let number = 1; number <= layout.parts.length; number++) {
    const { zip } = writePart(layout, number, {
      rows: ({ offset, bytes }) => decodeRows(Readable.from([index.subarray(offset, offset + bytes)])),
      documents: ({ offset, bytes }) => Readable.from([documents.subarray(offset, offset + bytes)]),
      content: async (digest, offset) => Readable.from([(bySha.get(digest) ?? Buffer.alloc(0)).subarray(offset)]),
    });
    const path = join(folder, `part ${number}.zip`);
    await writeFile(path, zip);
    zips.push(path);
  }
  return { zips, attachments: NAMES.length };
}

function rawMessage(at: number, name: string) {
  const time = new Date(START + at * 60_000).toISOString();
  const url = `https://contoso.sharepoint.com/sites/s/${at}`;
  return {
    ...{ chatId: "19:b8577894a63548969c5c92bb9c80c5e1@thread.v2", id: `${START + at}`, etag: "1" },
    ...{ messageType: "message", createdDateTime: time, lastModifiedDateTime: time },
    from: { user: { id: "u", displayName: "Adèle", userIdentityType: "aadUser" } },
    body: { contentType: "html", content: "<p>=cmd|' /C calc'!A0</p>" },
    attachments: [{ id: `${at}`, contentType: "reference", contentUrl: url, name }],
  };
}
