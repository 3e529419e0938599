import { createHash } from "node:crypto";
import { Costs } from "./cost.ts";
import { type Place, pieceName } from "./manifest-lines.ts";
import type { IndexedContent, IndexedDocument, IndexedReference, SetHead, SizedRow } from "./set-index.ts";

/* How a file set becomes zips that never pass their limit, though a zip's size is known only once it is written.
 *
 * Rendering runs once and leaves documents of known size in a spool, and an index of what they point to, in rows. The rows pass by:
 * what is held is the contents, and where the rows of each part lie. The layout is a pure
 * function of that index: every thing counts with the most it can take in a zip (`cost.ts`), so what is laid out fits, and any
 * worker that reads the index finds the same parts. No part waits for another: each is written by its own activity, in any
 * order, and again after a crash. The price is that well compressible parts end up smaller than they might be.
 *
 * Documents come first, in order, as many to a part as fit; then the contents, in the order in which messages first point to
 * them, filling the last of these parts and then new ones. A content lies in the part of its message or a later one.
 * One too large for any zip is cut into pieces that each fill one. */

/** A whole content (`piece` 0) or a piece of one, from 1. */
export interface Slot {
  readonly content: number;
  readonly piece: number;
  readonly offset: number;
  readonly bytes: number;
  readonly entry: string;
}

/** So many bytes, from an offset. */
export interface Extent {
  readonly offset: number;
  readonly bytes: number;
}

export interface Part {
  /** Of the index: its documents and what they point to. */
  readonly rows: Extent;
  /** Of the spool. */
  readonly documents: Extent;
  readonly slots: readonly Slot[];
  /** How many documents and slots. */
  readonly entries: number;
}

export interface LaidContent {
  readonly content: IndexedContent;
  readonly place: Place;
  readonly first: IndexedReference;
}

export interface Layout {
  readonly head: SetHead;
  /** At least one. */
  readonly parts: readonly Part[];
  readonly contents: readonly LaidContent[];
  readonly messages: number;
  /** Of the documents, before they are zipped. */
  readonly documentBytes: number;
  /** How many references lack their content, and messages themselves are missing, by code. */
  readonly missing: ReadonlyMap<string, number>;
}

/** Throws SyntaxError when the rows are no index, or were laid out in another way: by another release, whose zips these parts would
 * not fit. */
export async function layOut(rows: AsyncIterable<SizedRow> | Iterable<SizedRow>): Promise<Layout> {
  const layouter = new Layouter();
  for await (const row of rows) layouter.add(row);
  return layouter.finish();
}

/** What lies in which part: from that and the index follows all that the zips say. */
export function layoutDigest({ parts }: Layout): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${JSON.stringify(part)}\n`);
  return hash.digest("hex");
}

/** Takes the rows of an index, one after another. */
export class Layouter {
  #of: { readonly head: SetHead; readonly costs: Costs; readonly packer: Packer } | undefined;
  readonly #contents: { content: IndexedContent; first?: IndexedReference }[] = [];
  readonly #missing = new Map<string, number>();
  /** The cost of the references of the document to come. */
  #pending = 0;
  #messages = 0;
  #rows = 0;
  #end = "";

  add({ row, bytes }: SizedRow): void {
    this.#rows += bytes;
    if ("head" in row) {
      const costs = new Costs(row.head);
      this.#of = { head: row.head, costs, packer: new Packer(costs.capacity) };
    } else if ("content" in row) this.#contents.push({ content: row.content });
    else if ("reference" in row) this.#reference(row.reference);
    else if ("document" in row) this.#document(row.document);
    else if ("listed" in row) this.#place(0, 0);
    else this.#end = row.end;
  }

  /** Once all rows are read. */
  finish(): Layout {
    const layout = this.layOut();
    if (layoutDigest(layout) !== this.#end)
      throw new SyntaxError("The index of a file set has no end, or another layout");
    return layout;
  }

  /** Once all rows are there but the end. */
  layOut(): Layout {
    if (!this.#of) throw new SyntaxError("The index of a file set has no head");
    const { head, costs, packer } = this.#of;
    const contents = this.#contents.map(({ content, first }, at) => {
      if (!first) throw new SyntaxError("Nothing points to a content of the index");
      return { content, first, place: placeContent(packer, costs, { content, at, first }) };
    });
    const [messages, missing, documentBytes] = [this.#messages, this.#missing, packer.documentBytes];
    return { head, parts: packer.parts, contents, messages, documentBytes, missing };
  }

  #reference(reference: IndexedReference): void {
    if (!this.#of) throw new SyntaxError("The index of a file set begins without its head");
    const { content, missing } = reference;
    const known = content === undefined ? undefined : this.#contents[content];
    if (content !== undefined && !known) throw new SyntaxError("A reference points to no content");
    this.#pending += this.#of.costs.reference(reference, known?.content);
    if (missing !== undefined) this.#missing.set(missing, (this.#missing.get(missing) ?? 0) + 1);
    if (known) known.first ??= reference;
  }

  #document(document: IndexedDocument): void {
    if (!this.#of) throw new SyntaxError("The index of a file set begins without its head");
    this.#place(this.#of.costs.document(document), document.bytes);
    this.#messages += document.messages;
  }

  /** So many bytes of documents, with the references that are pending. */
  #place(cost: number, bytes: number): void {
    this.#of?.packer.document(cost + this.#pending, { bytes, rowsTo: this.#rows });
    this.#pending = 0;
  }
}

interface Placing {
  readonly content: IndexedContent;
  readonly at: number;
  readonly first: IndexedReference;
}

function placeContent(packer: Packer, costs: Costs, { content, at, first }: Placing): Place {
  const cut = costs.cut(content, first);
  const whole = `Attachments/${content.name}`;
  const pieces = Array.from({ length: cut.pieces }, (_, i) => {
    const offset = i * cut.pieceBytes;
    const bytes = Math.min(cut.pieceBytes, content.bytes - offset);
    const entry = cut.pieces === 1 ? whole : pieceName(whole, i + 1);
    const slot = { content: at, piece: cut.pieces === 1 ? 0 : i + 1, offset, bytes, entry };
    return { part: packer.slot(slot, costs.slot(content, first, bytes, cut.pieces)), entry };
  });
  const part = pieces[0]?.part ?? 1;
  return cut.pieces === 1 ? { part, entry: whole } : { part, pieces };
}

/** Beside them stand manifest.json, SHA256SUMS, MISSING.csv and JOIN.txt. Zips of 65,535 entries and more need the 64-bit form,
 * which old programs cannot read. */
const MOST_ENTRIES = 65_000 - 4;

/** Fills one part after another; what does not fit the open one opens the next. Answers the number of the part, from 1. */
class Packer {
  readonly #capacity: number;
  readonly parts: {
    rows: { offset: number; bytes: number };
    documents: { offset: number; bytes: number };
    slots: Slot[];
    entries: number;
  }[] = [];
  documentBytes = 0;
  #rows = 0;
  #used = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** `rowsTo`: where its rows end in the index. */
  document(cost: number, { bytes, rowsTo }: { readonly bytes: number; readonly rowsTo: number }): void {
    const part = this.#open(cost);
    part.documents.bytes += bytes;
    part.rows.bytes = rowsTo - part.rows.offset;
    this.documentBytes += bytes;
    this.#rows = rowsTo;
  }

  slot(slot: Slot, cost: number): number {
    this.#open(cost).slots.push(slot);
    return this.parts.length;
  }

  #open(cost: number) {
    const last = this.parts.at(-1);
    if (last && this.#used + cost <= this.#capacity && last.entries < MOST_ENTRIES) {
      this.#used += cost;
      last.entries += 1;
      return last;
    }
    const next = {
      rows: { offset: this.#rows, bytes: 0 },
      documents: { offset: this.documentBytes, bytes: 0 },
      slots: [],
      entries: 1,
    };
    this.parts.push(next);
    this.#used = cost;
    return next;
  }
}
