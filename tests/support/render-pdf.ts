import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { parseMessage } from "../../shared/chats/message.ts";
import { referencesOf } from "../../shared/chats/references.ts";
import { pdfRenderer, type PdfLimits } from "../../shared/downloads/render/pdf/pdf-renderer.ts";
import type {
  DocumentSink,
  OpenContent,
  PlacedContent,
  RenderHead,
  RenderItem,
} from "../../shared/downloads/render/renderer.ts";

/** What became of a reference of a message, in their order. */
export interface GivenContent {
  readonly name: string;
  readonly bytes?: Buffer;
  readonly missing?: string;
}

const stored = new Map<string, Buffer>();

/** A message as a renderer gets it. */
export function renderItem(
  raw: Readonly<Record<string, unknown>>,
  { given = [], ...more }: Partial<RenderItem> & { readonly given?: readonly GivenContent[] } = {},
): RenderItem {
  const message = parseMessage({
    ...{ chatId: "19:a@thread.v2", id: "1", messageType: "message", createdDateTime: "2026-03-02T09:00:00Z" },
    from: { user: { id: "adele", displayName: "Adele Vance" } },
    ...raw,
  });
  const contents = referencesOf(message).map(({ key, kind }, at): PlacedContent => {
    const { name = "picture", bytes, missing } = given[at] ?? {};
    if (!bytes) return { key, kind, name, ...(missing === undefined ? {} : { missing }) };
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    stored.set(sha256, bytes);
    return { key, kind, name, entry: `Attachments/${name}`, sha256, bytes: bytes.length };
  });
  const chat = { topic: "Budget 2026" };
  return { message, chat, from: { name: "Adele Vance" }, nameOf: () => undefined, contents, ...more };
}

/** A message that shows one picture, as wide as 160 pixels of CSS and half as high. */
export function pictureItem(name: string, bytes: Buffer): RenderItem {
  const source = "https://graph.microsoft.com/v1.0/chats/a/messages/1/hostedContents/a/$value";
  const body = { contentType: "html", content: `<p><img src="${source}" width="160" height="80"></p>` };
  return renderItem({ body }, { given: [{ name, bytes }] });
}

export interface RenderedDocument {
  readonly name: string;
  readonly bytes: Buffer;
  readonly messages: number;
}

/** Of a download of all of the year 2026, with everything. */
export const renderHead: RenderHead = {
  account: { displayName: "Adele Vance", userPrincipalName: "adele@contoso.test" },
  ...{ from: Date.UTC(2026, 0, 1), to: Date.UTC(2027, 0, 1), timeZone: "UTC", attachments: true, systemEvents: true },
};

export interface RenderOptions {
  readonly timeZone?: string;
  /** In place of what `renderHead` says. */
  readonly head?: Partial<RenderHead>;
  readonly limits?: PdfLimits;
  readonly open?: OpenContent;
  /** Ids of messages that are not kept. */
  readonly missing?: readonly string[];
  /** Whether a document of so many bytes fits. */
  readonly fits?: (bytes: number) => boolean;
  /** Told of each write. */
  readonly wrote?: (bytes: number) => void;
}

const openStored: OpenContent = (sha256) => Promise.resolve(Readable.from([stored.get(sha256) ?? Buffer.alloc(0)]));

/** Runs the renderer over messages, as building a file set does. */
export async function renderPdf(
  items: Iterable<RenderItem>,
  { timeZone = "UTC", head, limits, missing = [], fits = () => true, open = openStored, wrote }: RenderOptions = {},
): Promise<RenderedDocument[]> {
  const documents: { name: string; chunks: Buffer[]; messages: number }[] = [];
  const last = () => {
    const document = documents.at(-1);
    if (!document) throw new Error("No document is open");
    return document;
  };
  const sink: DocumentSink = {
    begin: (name) => void documents.push({ name, chunks: [], messages: 0 }),
    fits: (bytes) => fits(last().chunks.reduce((sum, { length }) => sum + length, bytes)),
    write: (bytes, item) => {
      last().chunks.push(Buffer.from(bytes));
      if (item) last().messages += 1;
      wrote?.(bytes.length);
      return Promise.resolve();
    },
  };
  const renderer = pdfRenderer({ head: { ...renderHead, timeZone, ...head }, open }, limits);
  for (const item of items) {
    if (missing.includes(item.message.id)) renderer.missing?.(item.message);
    else await renderer.add(item, sink);
  }
  await renderer.end(sink);
  return documents.map(({ name, chunks, messages }) => ({ name, bytes: Buffer.concat(chunks), messages }));
}
