import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { parse } from "csv-parse";
import { openZip } from "./open-zip.ts";

import { z } from "zod";

const attachment = z.object({ messageId: z.string(), chatId: z.string(), sha256: z.string() });
const manifest = z.object({
  entries: z.array(
    z.object({ name: z.string(), bytes: z.number(), sha256: z.string(), messages: z.number().optional() }),
  ),
  attachments: z.array(attachment),
  missing: z.array(z.object({ messageId: z.string(), chatId: z.string(), reason: z.string() })),
});

/** What a document says of a message, in Graph's own words. */
export interface ToldMessage {
  readonly chatId?: string | undefined;
  readonly messageId?: string | undefined;
  readonly etag?: string | undefined;
  readonly messageType?: string | undefined;
  readonly createdDateTime?: string | undefined;
  readonly lastModifiedDateTime?: string | undefined;
  readonly html?: string | undefined;
}

export interface ZipContents {
  readonly messages: readonly ToldMessage[];
  /** Messages in documents for people, which do not name them by their ids. */
  readonly unnamed: number;
  readonly manifest: z.output<typeof manifest>;
  /** What is wrong inside: bytes that differ from the manifest, entries that are not in it or not there. */
  readonly faults: readonly string[];
}

/** Reads a zip with other programs than those that wrote it, and checks every entry's bytes against its manifest. */
export async function readZip(file: string): Promise<ZipContents> {
  const zip = await openZip(file);
  try {
    const hashes = new Map<string, string>();
    const messages: ToldMessage[] = [];
    let text = "";
    for await (const entry of zip.entries()) {
      const hash = createHash("sha256");
      const stream = await zip.open(entry);
      stream.on("data", (chunk: Buffer) => hash.update(chunk));
      if (entry.fileName === "manifest.json") text = await collect(stream);
      else if (/^messages(-\d+)?\.csv$/.test(entry.fileName)) messages.push(...(await readCsv(stream)));
      else if (entry.fileName.endsWith(".eml") && !entry.fileName.startsWith("Attachments/"))
        messages.push(readMail(await collect(stream)));
      else for await (const _ of stream);
      hashes.set(entry.fileName, hash.digest("hex"));
    }
    const listed = manifest.parse(JSON.parse(text));
    const unnamed = listed.entries.reduce((sum, one) => sum + (one.name.endsWith(".pdf") ? (one.messages ?? 0) : 0), 0);
    return { messages, unnamed, manifest: listed, faults: compare(hashes, listed.entries) };
  } finally {
    zip.close();
  }
}

function compare(hashes: Map<string, string>, entries: readonly { name: string; sha256: string }[]): string[] {
  const faults: string[] = [];
  const expected = new Map(entries.map(({ name, sha256 }) => [name, sha256]));
  for (const [name, sha256] of expected)
    if (hashes.get(name) !== sha256) faults.push(`${name} is not what the manifest says`);
  for (const name of hashes.keys()) {
    if (!expected.has(name) && name !== "manifest.json" && name !== "SHA256SUMS")
      faults.push(`${name} is not in the manifest`);
  }
  return faults;
}

async function collect(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

async function readCsv(stream: Readable): Promise<ToldMessage[]> {
  const rows: ToldMessage[] = [];
  for await (const row of stream.pipe(parse({ columns: true, bom: true })))
    rows.push(unguarded(row as Record<string, string>));
  return rows;
}

/** As text before it was made safe for spreadsheets. */
const unguarded = (row: Readonly<Record<string, string>>): ToldMessage =>
  Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, cell.startsWith("'") ? cell.slice(1) : cell]));

/** By its header alone: ids and times have no spaces and are ASCII, so they are folded behind the colon at most, and not encoded. */
function readMail(mail: string): ToldMessage {
  const header = mail.slice(0, mail.indexOf("\r\n\r\n"));
  const said = (name: string) => new RegExp(`^X-Teams-${name}:\\s+(.*)$`, "m").exec(header)?.[1]?.trimEnd();
  return {
    chatId: said("Chat-Id"),
    messageId: said("Message-Id"),
    etag: said("Etag"),
    messageType: said("Message-Type"),
    createdDateTime: said("Created"),
  };
}
