import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { explainMissing } from "../../functions/dependencies/explain-missing.ts";
import { parseMessage } from "../../shared/chats/message.ts";
import { referencesOf } from "../../shared/chats/references.ts";
import { decodeRows } from "../../shared/downloads/package/set-index.ts";
import { SetBuilder } from "../../shared/downloads/package/set-builder.ts";
import { writePart } from "../../shared/downloads/package/write-part.ts";
import { rendererFor } from "../../shared/downloads/render/renderer-for.ts";
import { hostileFileNames } from "../../local/graph-simulator/tenant/texts/hostile.ts";
import { noise } from "./download-world.ts";
import { sha256 } from "./zip-files.ts";

const START = Date.UTC(2026, 0, 10, 9);

/** Goes into no zip whole; its name would run in a shell, and others look like pieces of it. */
const CUT = "-it's $(touch owned) `touch owned`.mp4";

/** Names as people and attackers give them to files; some differ in case or composition alone. */
const NAMES = [
  ...["Бюджет 2026.xlsx", "予算.xlsx", "ميزانية.pdf", "naïve café.txt", "👩‍👩‍👧 family.jpg", "photo\u202egpj.exe"],
  ...["../../etc/passwd", "C:\\autoexec.bat", "con.txt", "a\nb.txt", "-rf.txt", "$(reboot).txt", "trailing dot.", "'"],
  ...["Report.txt", "report.TXT", "x".repeat(300) + ".docx", CUT],
  ...[`${CUT}.2026`, `${CUT}.999`],
];
const MORE_NAMES = [
  ...hostileFileNames,
  ...["caf\u00e9.txt", "cafe\u0301.txt", "CAF\u00c9.txt", `aux${" ".repeat(200)}z.h`, "📎".repeat(200), "\u200d"],
];

/** What a file set is made of: files with their sizes, each shared in a conversation of that name by a person of that name. */
interface Hostile {
  readonly format: "csv" | "eml";
  readonly partBytes: number;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly chat: string }[];
}

const sized = (name: string, bytes: number) => ({ name, bytes, chat: "Files" });

/** A table, and files of which one goes into no zip whole. */
export const hostileTable: Hostile = {
  format: "csv",
  partBytes: 1_000_000,
  files: NAMES.map((name) => sized(name, name === CUT ? 2_500_000 : 60_000)),
};

/** Mails in conversations that are called as files are; and files about as large as what a zip stores, and larger than one. */
export const hostileMails: Hostile = {
  format: "eml",
  partBytes: 20_000_000,
  files: [
    ...[...NAMES, ...MORE_NAMES].map((name) => ({ name, bytes: 1_000, chat: name })),
    ...[0, 8_000_000, 8_000_001, 8 * 1_048_576, 8 * 1_048_576 + 1, 50_000_000].map((bytes) =>
      sized(`${bytes}.bin`, bytes),
    ),
  ],
};

/** The zips of a file set as a download makes them, put into a folder: several parts, names of every kind, and one attachment
 * in pieces. */
export async function writeHostileFileSet(folder: string, { format, partBytes, files }: Hostile): Promise<string[]> {
  const contents = files.map(({ name, bytes }, at) => noise(`${at}${name}`, bytes));
  const bySha = new Map(contents.map((bytes) => [sha256(bytes), bytes]));
  const [spool, rows]: [Uint8Array[], string[]] = [[], []];
  const account = { id: "a", graphId: "g", displayName: "Adèle", userPrincipalName: "adele@contoso.test" };
  const range = { from: START - 86_400_000, to: START + 86_400_000, timeZone: "Europe/Paris", format };
  const more = { attachments: true, systemEvents: true, partBytes, version: "1.0.0" };
  const head = { account, ...range, ...more };
  const builder = new SetBuilder(head, {
    document: async (bytes) => void spool.push(bytes),
    index: async (text) => void rows.push(text),
  });
  const open = async (digest: string, offset = 0) =>
    Readable.from([(bySha.get(digest) ?? Buffer.alloc(0)).subarray(offset)]);
  const renderer = rendererFor(format, { head, open });
  for (const [at, { name, chat }] of files.entries()) {
    const message = parseMessage(rawMessage(at, name, chat));
    const bytes = contents[at] ?? Buffer.alloc(0);
    const references = referencesOf(message);
    const { chatId, id: messageId } = message;
    const stored = { state: "stored", sha256: sha256(bytes), bytes: bytes.length } as const;
    const records = references.map((reference) => ({ chatId, messageId, reference, ...stored }));
    const from = { id: `u${at}`, name: chat };
    const item = { message, chat: { type: "group", topic: chat }, from, nameOf: () => undefined };
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
      content: open,
      explain: explainMissing,
    });
    const path = join(folder, `part ${number}.zip`);
    await writeFile(path, zip);
    zips.push(path);
  }
  return zips;
}

function rawMessage(at: number, name: string, chat: string) {
  const time = new Date(START + at * 60_000).toISOString();
  const url = `https://contoso.sharepoint.com/sites/s/${at}`;
  return {
    ...{ chatId: `19:${sha256(Buffer.from(chat)).slice(0, 32)}@thread.v2`, id: `${START + at}`, etag: "1" },
    ...{ messageType: "message", createdDateTime: time, lastModifiedDateTime: time },
    from: { user: { id: "u", displayName: "Adèle", userIdentityType: "aadUser" } },
    body: { contentType: "html", content: "<p>=cmd|' /C calc'!A0</p>" },
    attachments: [{ id: `${at}`, contentType: "reference", contentUrl: url, name }],
  };
}
