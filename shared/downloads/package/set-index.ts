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
  /** Where it is a piece of a document that no zip takes whole. */
  readonly pieceOf?: PieceOf;
}

/** `piece`: which of them, from 1. */
export interface PieceOf {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly piece: number;
  readonly pieces: number;
}

/** A distinct content of the file set, in the order in which messages first point to it. */
export interface IndexedContent {
  readonly sha256: string;
  readonly bytes: number;
  /** Name in `Attachments/`. */
  readonly name: string;
}

/** A message's pointer to a content: found (an index into the contents), missing (a stable code), or both: there, but damaged. Without a name it stands for
 * the message itself, which is missing. */
export interface IndexedReference {
  readonly chatId: string;
  readonly messageId: string;
  readonly name: string;
  readonly content?: number;
  readonly missing?: string;
}

/** What one rendering of a file set left behind besides the spool of documents, row by row: enough to write each of its zips, over
 * and over, with the same bytes. The head comes first, a content before the first reference to it, the references of the messages
 * told of in a document before that document, the end last. Where references before a document are too many for its zip, `listed` parts
 * them: those before it need not lie in the zip of that document. The pieces of a document follow one another. Nobody holds all rows. */
export type IndexRow =
  | { readonly head: SetHead }
  | { readonly content: IndexedContent }
  | { readonly reference: IndexedReference }
  | { readonly document: IndexedDocument }
  | { readonly listed: true }
  /** The digest of how it was laid out (`layoutDigest`). */
  | { readonly end: string };

export const encodeRow = (row: IndexRow): string => `${JSON.stringify(row)}\n`;

export interface SizedRow {
  readonly row: IndexRow;
  /** What it takes in the index. */
  readonly bytes: number;
}

/** Reads rows, unchecked but for their being JSON: the caller proves the bytes by their digest. Throws SyntaxError. */
export async function* decodeRows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<SizedRow> {
  let held = Buffer.alloc(0);
  for await (const chunk of chunks) {
    held = Buffer.concat([held, chunk]);
    let from = 0;
    for (let end = held.indexOf("\n"); end >= 0; end = held.indexOf("\n", from)) {
      yield { row: JSON.parse(held.toString("utf8", from, end)) as IndexRow, bytes: end + 1 - from };
      from = end + 1;
    }
    held = held.subarray(from);
  }
  if (held.length > 0) throw new SyntaxError("The index of a file set breaks off");
}
