import type { Block, TableCell } from "./body.ts";

/** Deeper things stand in the deepest one. */
const DEEPEST = 24;
/** No table that a person made has wider cells. */
const WIDEST_SPAN = 50;

interface OpenCell extends TableCell {
  readonly columns: number;
  rows: number;
  readonly blocks: Block[];
}

type Frame =
  | { readonly kind: "flow"; readonly tag: "" | "blockquote" | "li" | "td"; readonly blocks: Block[] }
  | { readonly kind: "list"; readonly tag: "ul" | "ol"; readonly items: Block[][]; readonly implied: boolean }
  | { readonly kind: "table"; readonly rows: OpenCell[][] }
  | { readonly kind: "row"; readonly cells: OpenCell[] };

/** The blocks that are open while HTML is read: what hostile nesting leaves open or closes twice still makes a tree, of bounded
 * depth. Every step looks at no more than that depth. */
export class OpenBlocks {
  readonly blocks: Block[] = [];
  readonly #frames: Frame[] = [{ kind: "flow", tag: "", blocks: this.blocks }];
  /** Opened beyond the depth: their ends close nothing. */
  readonly #skipped = new Map<string, number>();

  /** Where the next block goes. In a list that is its last item, in a table a cell. */
  place(): Block[] {
    const top = this.#frames.at(-1);
    if (top?.kind === "flow") return top.blocks;
    if (top?.kind === "list" && top.implied) this.#endFrom(this.#frames.length - 1);
    else if (top?.kind === "list") this.#openItem(top.items, top.items.pop() ?? []);
    else if (top?.kind === "table") this.#push({ kind: "row", cells: addTo(top.rows, []) });
    else if (top) this.cell({ header: false, columns: 1, rows: 1 });
    return this.place();
  }

  /** `block` is open until its tag ends, and then goes if nothing came in. */
  quote(block: Extract<Block, { kind: "quote" | "original" }>, blocks: Block[]): boolean {
    if (this.#isFull("blockquote")) return false;
    this.place().push(block);
    this.#push({ kind: "flow", tag: "blockquote", blocks });
    return true;
  }

  list(tag: "ul" | "ol", start: number, implied = false): boolean {
    if (this.#isFull(implied ? "" : tag)) return false;
    const items: Block[][] = [];
    this.place().push({ kind: "list", ordered: tag === "ol", start, items });
    this.#push({ kind: "list", tag, items, implied });
    return true;
  }

  item(): void {
    const at = this.#frames.findLastIndex(({ kind }) => kind === "list");
    const isOurs = at >= 0 && this.#frames.slice(at + 1).every((frame) => frame.kind === "flow" && frame.tag === "li");
    if (isOurs) this.#endFrom(at + 1);
    else if (!this.list("ul", 1, true)) return;
    const list = this.#frames.at(-1);
    if (list?.kind === "list") this.#openItem(list.items, []);
  }

  table(rightToLeft: boolean): void {
    if (this.#isFull("table")) return;
    const rows: OpenCell[][] = [];
    this.place().push({ kind: "table", rows, ...(rightToLeft ? { rightToLeft } : {}) });
    this.#push({ kind: "table", rows });
  }

  row(): void {
    const at = this.#table();
    const table = this.#frames[at];
    if (table?.kind !== "table") return;
    this.#endFrom(at + 1);
    this.#push({ kind: "row", cells: addTo(table.rows, []) });
  }

  cell({ header, columns, rows }: Omit<TableCell, "blocks">): void {
    const table = this.#table();
    if (table < 0) return;
    if (this.#frames[table + 1]?.kind !== "row") this.row();
    this.#endFrom(table + 2);
    const row = this.#frames[table + 1];
    if (row?.kind !== "row") return;
    const cell = addTo(row.cells, { header, columns: clamp(columns), rows: clamp(rows), blocks: [] as Block[] });
    this.#push({ kind: "flow", tag: "td", blocks: cell.blocks });
  }

  /** Whether a closing tag ends something here. */
  closes(tag: string): boolean {
    return this.#find(tag) > 0;
  }

  close(tag: string): void {
    const skipped = this.#skipped.get(tag) ?? 0;
    if (skipped > 0) this.#skipped.set(tag, skipped - 1);
    else if (this.#find(tag) > 0) this.#endFrom(this.#find(tag));
  }

  /** A block that is not opened here, yet has an end. */
  skip(tag: string): void {
    this.#skipped.set(tag, (this.#skipped.get(tag) ?? 0) + 1);
  }

  finish(): Block[] {
    this.#endFrom(1);
    return this.blocks;
  }

  #isFull(tag: string): boolean {
    if (this.#frames.length < DEEPEST) return false;
    this.skip(tag);
    return true;
  }

  #table(): number {
    return this.#frames.findLastIndex(({ kind }) => kind === "table");
  }

  #push(frame: Frame): void {
    this.#frames.push(frame);
  }

  #openItem(items: Block[][], blocks: Block[]): void {
    this.#push({ kind: "flow", tag: "li", blocks: addTo(items, blocks) });
  }

  /** What is in a cell ends nothing around it but the table. */
  #find(tag: string): number {
    if ((this.#skipped.get(tag) ?? 0) > 0) return 0;
    const edge = this.#table();
    if (tag === "table") return edge;
    if (tag === "tr") return this.#frames[edge + 1]?.kind === "row" ? edge + 1 : 0;
    const from = edge < 0 || tag === "td" || tag === "th" ? edge + 1 : edge + 3;
    const wanted = tag === "th" ? "td" : tag;
    return this.#frames.findLastIndex((frame, at) => at >= from && "tag" in frame && frame.tag === wanted);
  }

  #endFrom(from: number): void {
    while (this.#frames.length > from) {
      const frame = this.#frames.pop();
      if (frame?.kind === "table") bound(frame.rows);
      const around = this.#frames.at(-1);
      if (around?.kind === "flow" && isEmpty(around.blocks.at(-1))) around.blocks.pop();
    }
  }
}

/** What an author's name stands above is not, whatever it said. */
const isEmpty = (block: Block | undefined): boolean =>
  (block?.kind === "table" && block.rows.length === 0) ||
  (block?.kind === "list" && block.items.length === 0) ||
  (block?.kind === "quote" && block.blocks.length === 0);

function addTo<T>(list: T[], one: T): T {
  list.push(one);
  return one;
}

const clamp = (span: number): number => (span >= 1 ? Math.min(Math.trunc(span), WIDEST_SPAN) : 1);

/** No row without cells, no cell that reaches below its table. */
function bound(rows: OpenCell[][]): void {
  let kept = 0;
  for (const cells of rows) if (cells.length > 0) rows[kept++] = cells;
  rows.length = kept;
  for (const [at, cells] of rows.entries()) for (const cell of cells) cell.rows = Math.min(cell.rows, rows.length - at);
}
