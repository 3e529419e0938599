import {
  attachmentLine,
  entryLine,
  JOIN_HEAD,
  LONGEST_TEXT,
  joinLine,
  MISSING_HEAD,
  missingLine,
  missingRow,
  type Place,
  pieceName,
  sumLine,
} from "./manifest-lines.ts";
import type { IndexedContent, IndexedDocument, IndexedReference, PieceOf, SetHead } from "./set-index.ts";

/* What things take in a zip at the most, before it is written. Headers by PKWARE's APPNOTE 6.3: local header 30 bytes, data
 * descriptor 24 (with 64-bit sizes), central header 46 and 28 of 64-bit extra, each with the name; end of directory 22, and
 * 76 in 64-bit form. Deflate adds to incompressible bytes 5 per stored block of 16,383 or more (zlib's deflateBound); a
 * thousandth is thrice that. */

const LOCAL = 30 + 24;
const CENTRAL = 46 + 28;
const END = 22 + 76;
/** manifest.json, SHA256SUMS, MISSING.csv, JOIN.txt: names, headers, brackets, counts. */
const FIXED_ENTRIES = 4_000;
/** Indentation, comma and break of a line of the manifest. */
const LINE = 8;
/** Wider than any number of a part or of messages. */
const WIDEST = 9_999_999_999;
const WIDEST_PART = 99_999;
const WIDEST_REASON = "x".repeat(40);
/** Of ASCII, in quotes as a text with a comma is. */
const WIDEST_TEXT = { text: ",".repeat(LONGEST_TEXT), remedy: ",".repeat(LONGEST_TEXT) };
const ANY_SHA = "0".repeat(64);
/** A larger number of pieces would need names and lists of another shape. */
export const MOST_PIECES = 999;

export const deflated = (bytes: number): number => bytes + Math.ceil(bytes / 1000) + 64;
const size = (text: string): number => Buffer.byteLength(text);

/** An entry with its lines in manifest.json and SHA256SUMS. */
function entryCost(name: string, bytes: number, kind: string, pieceOf?: PieceOf): number {
  const piece = pieceOf === undefined ? {} : { pieceOf };
  const listed = { name, bytes: WIDEST, sha256: ANY_SHA, kind, messages: WIDEST, ...piece };
  const listing = size(entryLine(listed)) + LINE + size(sumLine(listed));
  return LOCAL + CENTRAL + 2 * size(name) + deflated(bytes) + listing;
}

/** How a content is cut: into one piece when it fits a zip whole. */
export interface Cut {
  readonly pieces: number;
  readonly pieceBytes: number;
}

/** What a file set's zips may be filled with, and what each thing takes of that. */
export class Costs {
  /** Room for documents, contents and their lines: less a share for what deflating the lines themselves may add. */
  readonly capacity: number;
  readonly #cuts = new Map<string, Cut>();

  constructor(head: SetHead) {
    const base = END + FIXED_ENTRIES + size(JSON.stringify(head)) * 2 + size(JOIN_HEAD) + MISSING_HEAD.length;
    this.capacity = Math.floor(head.partBytes * 0.998) - base;
  }

  document({ name, bytes, kind, pieceOf }: Omit<IndexedDocument, "sha256" | "messages">): number {
    return entryCost(name, bytes, kind, pieceOf) + (pieceOf ? size(joinLine(pieceOf, pieceOf.pieces)) : 0);
  }

  /** How much of a document that no zip takes whole goes into one. */
  pieceBytes({ name, kind }: Pick<IndexedDocument, "name" | "kind">): number {
    const pieceOf = { name, bytes: WIDEST, sha256: ANY_SHA, piece: WIDEST_PART, pieces: WIDEST_PART };
    const room = this.capacity - this.document({ name: pieceName(name, WIDEST_PART), kind, bytes: 0, pieceOf }) - 2;
    return Math.floor((room * 1000) / 1001);
  }

  /** The lines of a reference in the zip that tells of its message. */
  reference(reference: IndexedReference, content: IndexedContent | undefined): number {
    const isMissing = !content || reference.missing !== undefined;
    const missing = isMissing ? size(missingLine(reference)) + LINE + missingRow(reference, WIDEST_TEXT).length : 0;
    return missing + (content ? foundCost(reference, content, this.cut(content, reference).pieces) : 0);
  }

  /** A content, or so many bytes of it, with the line of the first reference to it; and, should it turn out to be gone, the
   * lines that say so. */
  slot(content: IndexedContent, first: IndexedReference, bytes: number, pieces: number): number {
    const lines = foundCost(first, content, pieces) + this.reference({ ...first, missing: WIDEST_REASON }, undefined);
    const name = `Attachments/${pieceName(content.name, MOST_PIECES)}`;
    const joining = pieces === 1 ? 0 : size(joinLine(content, MOST_PIECES));
    return entryCost(name, bytes, "attachment") + joining + lines;
  }

  /** Decided with the first reference to a content, then the same for all. A cut needs room for its own list of pieces, hence
   * the loop. More than `MOST_PIECES` pieces: the content cannot be packed. */
  cut(content: IndexedContent, first: IndexedReference): Cut {
    const known = this.#cuts.get(content.sha256);
    if (known) return known;
    let cut: Cut = { pieces: 1, pieceBytes: content.bytes };
    if (this.slot(content, first, content.bytes, 1) > this.capacity) {
      for (let pieces = 2; ; pieces = cut.pieces) {
        const room = this.capacity - this.slot(content, first, 0, pieces) - 2;
        const pieceBytes = Math.floor((room * 1000) / 1001);
        cut = { pieces: pieceBytes > 0 ? Math.ceil(content.bytes / pieceBytes) : Number.POSITIVE_INFINITY, pieceBytes };
        if (cut.pieces <= pieces || cut.pieces > MOST_PIECES) break;
      }
    }
    this.#cuts.set(content.sha256, cut);
    return cut;
  }
}

function foundCost(reference: IndexedReference, content: IndexedContent, pieces: number): number {
  const part = WIDEST_PART;
  const entry = `Attachments/${pieceName(content.name, MOST_PIECES)}`;
  const list = Array.from({ length: Math.min(pieces, MOST_PIECES) }, () => ({ part, entry }));
  const place: Place = pieces === 1 ? { part, entry } : { part, pieces: list };
  return size(attachmentLine(reference, content, place)) + LINE;
}
