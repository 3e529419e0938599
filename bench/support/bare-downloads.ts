import { createInterface } from "node:readline";
import { PassThrough, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { ZipArchive } from "archiver";
import { stringify } from "csv-stringify";
import { Parser } from "htmlparser2";
import MailComposer from "nodemailer/lib/mail-composer";
import type { MemoryArchive } from "./memory-downloads.ts";

/* What a script of an afternoon would do with the same packs and the same libraries: no order across packs, no names, no cards, no
 * events, no manifest, no digests. */

interface Raw {
  readonly [name: string]: unknown;
  readonly id: string;
  readonly chatId: string;
  readonly createdDateTime: string;
  readonly body: { readonly contentType: string; readonly content: string };
}

async function* messagesOf({ packs }: MemoryArchive): AsyncGenerator<Raw> {
  for (const { bytes } of packs) {
    const lines = createInterface({ input: Readable.from([bytes]).pipe(createGunzip()) });
    for await (const line of lines) yield JSON.parse(line) as Raw;
  }
}

function textOf({ body }: Raw): string {
  if (body.contentType !== "html") return body.content;
  let text = "";
  const parser = new Parser({ ontext: (piece) => void (text += piece) });
  parser.end(body.content);
  return text;
}

const senderOf = ({ from }: Raw) => (from as { user?: { id?: string; displayName?: string } } | null)?.user ?? {};
const chatOf = ({ chats }: MemoryArchive, { chatId }: Raw) => chats.get(chatId);

async function sizeOf(zip: ZipArchive, fill: () => Promise<void>): Promise<number> {
  let bytes = 0;
  zip.on("data", (chunk: Buffer) => (bytes += chunk.length));
  await fill();
  await zip.finalize();
  return bytes;
}

const date = new Date("1980-01-01T00:00:00Z");

export function bareCsv(archive: MemoryArchive): Promise<number> {
  const zip = new ZipArchive({ zlib: { level: 6 } });
  const rows = async function* () {
    for await (const raw of messagesOf(archive)) {
      const { id, displayName } = senderOf(raw);
      const chat = chatOf(archive, raw);
      const address = archive.people.get(id ?? "")?.address;
      const html = raw.body.contentType === "html" ? raw.body.content : "";
      const given = ["chatId", "id", "etag", "createdDateTime", "lastModifiedDateTime", "messageType"].map(
        (name) => raw[name],
      );
      yield [
        ...[...given, chat?.type, chat?.topic, id, displayName, address, textOf(raw), html],
        ...["", JSON.stringify(raw["mentions"]), JSON.stringify(raw["reactions"]), raw["lastEditedDateTime"]],
        ...[raw["deletedDateTime"], raw["importance"], new Date(raw.createdDateTime).toLocaleString()],
      ];
    }
  };
  return sizeOf(zip, async () => {
    const entry = new PassThrough();
    const ended = new Promise((resolve) => zip.once("entry", resolve));
    zip.append(entry, { name: "messages.csv", date });
    Readable.from(rows())
      .pipe(stringify({ record_delimiter: "\r\n", quoted_match: /[\r\n]/ }))
      .pipe(entry);
    await ended;
  });
}

export function bareEml(archive: MemoryArchive): Promise<number> {
  const zip = new ZipArchive({ zlib: { level: 6 } });
  return sizeOf(zip, async () => {
    for await (const raw of messagesOf(archive)) {
      const { id, displayName } = senderOf(raw);
      const members = chatOf(archive, raw)?.members ?? [];
      const address = (person: { id?: string; address?: string } = {}) =>
        person.address ?? `${person.id ?? "x"}@x.invalid`;
      const text = textOf(raw);
      const mail = await new MailComposer({
        messageId: `<${raw.id}.${raw.chatId.replace(/\W/g, "")}@x.invalid>`,
        references: [`<${raw.chatId.replace(/\W/g, "")}@x.invalid>`, `<${raw.id}@x.invalid>`],
        inReplyTo: `<${raw.id}@x.invalid>`,
        date: new Date(raw.createdDateTime),
        from: { name: displayName ?? "", address: address(archive.people.get(id ?? "")) },
        to: members
          .filter((member) => member.id !== id)
          .map((member) => ({ name: member.name ?? "", address: address(member) })),
        subject:
          members
            .map(({ name }) => name)
            .join(", ")
            .slice(0, 200) || "Chat",
        headers: {
          "X-Teams-Chat-Id": raw.chatId,
          "X-Teams-Message-Id": raw.id,
          "X-Teams-Etag": String(raw["etag"]),
          "X-Teams-Message-Type": String(raw["messageType"]),
          "X-Teams-Chat-Type": chatOf(archive, raw)?.type ?? "",
          "X-Teams-From-Id": id ?? "",
          "X-Teams-Created": raw.createdDateTime,
        },
        text: text || " ",
        html: raw.body.contentType === "html" ? raw.body.content || " " : `<p>${text}</p>`,
        disableFileAccess: true,
        disableUrlAccess: true,
      })
        .compile()
        .build();
      const ended = new Promise((resolve) => zip.once("entry", resolve));
      zip.append(mail, { name: `${raw.chatId.replace(/\W/g, "")}/${raw.id}.eml`, date });
      await ended;
    }
  });
}
