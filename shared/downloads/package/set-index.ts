import type { Instant } from "../../platform/time.ts";

/** One account in one window: what its zips tell of themselves, and what their layout was decided for. */
export interface SetHead {
  readonly account: {
    readonly id: string;
    readonly graphId: string;
    readonly displayName: string;
    readonly userPrincipalName: string;
  };
  readonly from: Instant;
  readonly to: Instant;
  readonly timeZone: string;
  readonly asOf?: Instant;
  /** Graph's id, where one conversation alone was asked for. */
  readonly chatId?: string;
  readonly format: string;
  readonly attachments: boolean;
  readonly systemEvents: boolean;
  /** The archive lacked some of the account's history when the set was made: what is here is not all. */
  readonly incomplete?: true;
  /** No zip of the set is larger. */
  readonly partBytes: number;
  /** The release that made it: the same release makes the same bytes. */
  readonly version: string;
}

/** A document in the spool; the spool holds them one after another. */
export interface IndexedDocument {
  readonly name: string;
  readonly kind: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly messages: number;
  /** How many references the messages told of in it have: the next so many of the index. */
  readonly references: number;
}

/** A distinct content of the file set, in the order in which messages first point to it. */
export interface IndexedContent {
  readonly sha256: string;
  readonly bytes: number;
  /** Name in `Attachments/`. */
  readonly name: string;
}

/** A message's pointer to a content: found (an index into the contents) or missing (a stable code). */
export interface IndexedReference {
  readonly chatId: string;
  readonly messageId: string;
  readonly name: string;
  readonly content?: number;
  readonly missing?: string;
}

/** What one rendering of a file set left behind besides the spool of documents: enough to write each of its zips, over and
 * over, with the same bytes. About 250 bytes of memory per reference. */
export interface SetIndex {
  readonly head: SetHead;
  readonly documents: readonly IndexedDocument[];
  readonly contents: readonly IndexedContent[];
  readonly references: readonly IndexedReference[];
  /** Messages of which no version as old as `asOf` is kept. */
  readonly notKeptAsOf: number;
}

/** One JSON text per line, so that no single string grows with the set. */
export function* encodeIndex(index: SetIndex): Generator<string> {
  yield `${JSON.stringify({ head: index.head, notKeptAsOf: index.notKeptAsOf })}\n`;
  for (const document of index.documents) yield `${JSON.stringify({ document })}\n`;
  for (const content of index.contents) yield `${JSON.stringify({ content })}\n`;
  for (const reference of index.references) yield `${JSON.stringify({ reference })}\n`;
}

type Line =
  | { readonly head: SetHead; readonly notKeptAsOf: number }
  | { readonly document: IndexedDocument }
  | { readonly content: IndexedContent }
  | { readonly reference: IndexedReference };

/** Reads what `encodeIndex` wrote, unchecked but for its shape by line: the caller proves the bytes by their digest. Throws
 * SyntaxError. */
export async function decodeIndex(lines: AsyncIterable<string>): Promise<SetIndex> {
  const documents: IndexedDocument[] = [];
  const contents: IndexedContent[] = [];
  const references: IndexedReference[] = [];
  let first: { readonly head: SetHead; readonly notKeptAsOf: number } | undefined;
  for await (const text of lines) {
    const line = JSON.parse(text) as Line;
    if ("reference" in line) references.push(line.reference);
    else if ("content" in line) contents.push(line.content);
    else if ("document" in line) documents.push(line.document);
    else first = line;
  }
  if (!first) throw new SyntaxError("The index of a file set has no head");
  return { ...first, documents, contents, references };
}
