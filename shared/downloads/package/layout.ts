import { Costs } from "./cost.ts";
import { type Place, pieceName } from "./manifest-lines.ts";
import type { IndexedContent, IndexedReference, SetIndex } from "./set-index.ts";

/* How a file set becomes zips that never pass their limit, though a zip's size is known only once it is written.
 *
 * Rendering runs once and leaves documents of known size in a spool, and an index of what they point to. The layout is a pure
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

export interface Part {
  /** Indexes of documents and references, `to` excluded. */
  readonly documents: { readonly from: number; readonly to: number };
  readonly references: { readonly from: number; readonly to: number };
  readonly slots: readonly Slot[];
}

export interface Layout {
  /** At least one. */
  readonly parts: readonly Part[];
  /** Of each content, where it lies. */
  readonly places: readonly Place[];
  /** Of each content, the first reference to it. */
  readonly firstReferences: readonly number[];
}

export function layOut(index: SetIndex): Layout {
  const costs = new Costs(index.head);
  const firstReferences: number[] = [];
  index.references.forEach(({ content }, at) => {
    if (content !== undefined) firstReferences[content] ??= at;
  });
  const packer = new Packer(costs.capacity);
  let reference = 0;
  index.documents.forEach((document, at) => {
    const from = reference;
    reference += document.references;
    let cost = costs.document(document);
    for (let i = from; i < reference; i++) cost += referenceCost(index, costs, i);
    packer.document(at, { from, to: reference }, cost);
  });
  const places = index.contents.map((content, at) => {
    const first = index.references[firstReferences[at] ?? -1];
    if (!first) throw new Error("Nothing points to a content of the index");
    return placeContent(packer, costs, { content, at, first });
  });
  return { parts: packer.parts, places, firstReferences };
}

function referenceCost(index: SetIndex, costs: Costs, at: number): number {
  const reference = index.references[at];
  if (!reference) throw new Error("A document has more references than its index");
  return costs.reference(reference, reference.content === undefined ? undefined : index.contents[reference.content]);
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

/** Fills one part after another; what does not fit the open one opens the next. */
class Packer {
  readonly #capacity: number;
  readonly parts: {
    documents: { from: number; to: number };
    references: { from: number; to: number };
    slots: Slot[];
  }[] = [];
  #used = 0;
  #entries = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  document(at: number, references: { from: number; to: number }, cost: number): void {
    const part = this.#open(cost, at, references.from);
    part.documents.to = at + 1;
    part.references.to = references.to;
  }

  /** The number of the part, from 1. */
  slot(slot: Slot, cost: number): number {
    const last = this.parts.at(-1);
    const part = this.#open(cost, last?.documents.to ?? 0, last?.references.to ?? 0);
    part.slots.push(slot);
    return this.parts.length;
  }

  #open(cost: number, document: number, reference: number) {
    const last = this.parts.at(-1);
    if (last && this.#used + cost <= this.#capacity && this.#entries < MOST_ENTRIES) {
      this.#used += cost;
      this.#entries += 1;
      return last;
    }
    const next = {
      documents: { from: document, to: document },
      references: { from: reference, to: reference },
      slots: [],
    };
    this.parts.push(next);
    this.#used = cost;
    this.#entries = 1;
    return next;
  }
}
