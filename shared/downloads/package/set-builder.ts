import type { ContentRecord } from "../../archive/content-store.ts";
import type { ChatMessage } from "../../chats/message.ts";
import type { ContentReference } from "../../chats/references.ts";
import type { DocumentSink, RenderItem } from "../render/renderer.ts";
import { ContentPlaces } from "./content-places.ts";
import { Costs } from "./cost.ts";
import { type Layout, layoutDigest, Layouter } from "./layout.ts";
import { pieceName } from "./manifest-lines.ts";
import { PieceSums } from "./piece-sums.ts";
import { encodeRow, type IndexedReference, type IndexRow, type SetHead } from "./set-index.ts";

/** `lines`: bytes that its references will take in the manifest. */
interface OpenDocument {
  readonly name: string;
  readonly kind: string;
  readonly sums: PieceSums;
  bytes: number;
  messages: number;
  lines: number;
}

/** `lines`: bytes that they will take in the manifest. */
interface Pointed {
  readonly references: readonly IndexedReference[];
  readonly lines: number;
}

/** Where a rendering goes. */
export interface SetSpool {
  readonly document: (bytes: Uint8Array) => Promise<void>;
  readonly index: (rows: string) => Promise<void>;
}

/** Collects what a rendering leaves behind: documents to a spool, and the index of everything. */
export class SetBuilder implements DocumentSink {
  readonly #head: SetHead;
  readonly #costs: Costs;
  readonly #spool: SetSpool;
  readonly #layouter = new Layouter();
  readonly #places: ContentPlaces;
  /** On their way into the index. */
  #rows: IndexRow[] = [];
  /** What the messages that are being rendered point to. */
  readonly #pointed = new WeakMap<RenderItem, Pointed>();
  #open: OpenDocument | undefined;
  /** Bytes that the missing messages since the last document ended will take in the manifest beside the open one, or the next. */
  #untold = 0;

  /** `lost`: contents that are known to be `gone` or `damaged`, by their SHA-256. */
  constructor(head: SetHead, spool: SetSpool, lost: ReadonlyMap<string, string> = new Map()) {
    this.#head = head;
    this.#rows.push({ head });
    this.#costs = new Costs(head);
    this.#places = new ContentPlaces({ isPacked: head.attachments, costs: this.#costs, lost });
    this.#spool = spool;
  }

  /** Gives each content of a message its place, or says that it is missing. Call in the order of messages. */
  place(
    item: Omit<RenderItem, "contents">,
    references: readonly ContentReference[],
    records: readonly ContentRecord[],
  ) {
    const placed = this.#places.place(item.message, references, records);
    for (const content of this.#places.takeNew()) this.#rows.push({ content });
    const whole: RenderItem = { ...item, contents: placed.map(({ content }) => content) };
    if (this.#head.attachments) {
      const all = placed.map(({ index }) => index);
      this.#pointed.set(whole, { references: all, lines: all.reduce((sum, one) => sum + this.#places.lineOf(one), 0) });
    }
    return whole;
  }

  /** Lists a message that no document tells of. */
  async missing({ chatId, id }: Pick<ChatMessage, "chatId" | "id">, code: string): Promise<void> {
    const reference = { chatId, messageId: id, name: "", missing: code };
    this.#untold += this.#costs.reference(reference, undefined);
    this.#rows.push({ reference });
    this.#listMany();
    await this.#putRows();
  }

  begin(name: string, kind: string): void {
    this.#close();
    const sums = new PieceSums(this.#costs.pieceBytes({ name, kind }));
    this.#open = { name, kind, bytes: 0, messages: 0, lines: 0, sums };
  }

  fits(bytes: number, item?: RenderItem): boolean {
    if (!this.#open) return false;
    const { name, kind, lines } = this.#open;
    const more = (item && this.#pointed.get(item)?.lines) ?? 0;
    const listing = this.#untold + lines + (this.#isMuch(more) ? 0 : more);
    return this.#costs.document({ name, kind, bytes: this.#open.bytes + bytes }) + listing <= this.#costs.capacity;
  }

  async write(bytes: Uint8Array, item?: RenderItem): Promise<void> {
    const open = this.#open;
    if (!open) throw new Error("No document is open");
    if (item) {
      open.messages += 1;
      this.#point(open, this.#pointed.get(item) ?? { references: [], lines: 0 });
    }
    open.bytes += bytes.length;
    open.sums.add(bytes);
    await this.#spool.document(bytes);
    await this.#putRows();
  }

  /** The layout is the one that whoever reads the index finds. */
  async finish(): Promise<Layout> {
    this.#close();
    await this.#putRows();
    const layout = this.#layouter.layOut();
    await this.#spool.index(encodeRow({ end: layoutDigest(layout) }));
    return layout;
  }

  async #putRows(): Promise<void> {
    if (this.#rows.length === 0) return;
    const rows = this.#rows.map((row) => ({ row, text: encodeRow(row) }));
    this.#rows = [];
    for (const { row, text } of rows) this.#layouter.add({ row, bytes: Buffer.byteLength(text) });
    await this.#spool.index(rows.map(({ text }) => text).join(""));
  }

  /** A document that no zip takes whole, as a message can be, goes into several, in pieces. */
  #close(): void {
    if (!this.#open) return;
    const { name, kind, bytes, messages, lines, sums } = this.#open;
    const { sha256, pieces } = sums.finish();
    const cost = this.#costs.document({ name, kind, bytes });
    const isCut = cost > this.#costs.capacity;
    if (cost + this.#untold + lines > this.#costs.capacity && this.#untold + lines > 0) this.#list();
    if (!isCut) this.#rows.push({ document: { name, kind, bytes, messages, sha256 } });
    for (const [at, piece] of isCut ? pieces.entries() : []) {
      const pieceOf = { name, bytes, sha256, piece: at + 1, pieces: pieces.length };
      const told = at === 0 ? messages : 0;
      this.#rows.push({ document: { name: pieceName(name, at + 1), kind, ...piece, messages: told, pieceOf } });
    }
    this.#open = undefined;
    this.#untold = 0;
  }

  /** References of one message that take much of a zip are listed apart: others then stay together. */
  #point(open: OpenDocument, { references, lines }: Pointed): void {
    if (!this.#isMuch(lines)) {
      open.lines += lines;
      for (const reference of references) this.#rows.push({ reference });
      return;
    }
    for (const reference of references) {
      open.lines += this.#places.lineOf(reference);
      this.#rows.push({ reference });
      this.#listMany();
    }
    this.#list();
  }

  #isMuch(lines: number): boolean {
    return lines > this.#costs.capacity / 4;
  }

  #listMany(): void {
    if (this.#untold + (this.#open?.lines ?? 0) > this.#costs.capacity / 2) this.#list();
  }

  /** What was pointed to so far may lie in another zip than the open document. */
  #list(): void {
    this.#rows.push({ listed: true });
    this.#untold = 0;
    if (this.#open) this.#open.lines = 0;
  }
}
