import { blocksText } from "../../../../chats/block-text.ts";
import type { Block, TableCell } from "../../../../chats/body.ts";
import { graphemesOf } from "../type/break-text.ts";
import type { Cell } from "./place-cells.ts";

/** A row of a table that has more columns than a page has room for: what it is called, and its cells one below the other. */
export interface ListedRow {
  readonly name: Block;
  readonly cells: readonly Block[];
}

/** UTF-16 code units; each cell of a column says the column's name. */
const LONGEST_NAME = 60;

/** The rows of a table as lists, each cell with its column's heading, or its number where there is none. `heads`: so many rows are
 * headings. Empty cells are left out: the others say where they stand. */
export function listedRows(placed: readonly (readonly Cell[])[], heads: number): ListedRow[] {
  const names = namesOf(placed.slice(0, heads));
  return placed.map((cells, at) => {
    const isHead = at < heads;
    const called = isHead ? "Headings" : `Row ${at + 1 - heads}`;
    const nameOf = (column: number) => (isHead ? undefined : names[column]) ?? `Column ${column + 1}`;
    const told = cells.filter(({ begins, cell }) => begins && cell.blocks.length > 0);
    const items = told.map(({ cell, column }) => named(placeOf(cell, column, at - heads, nameOf), cell.blocks));
    const list: Block[] = items.length === 0 ? [] : [{ kind: "list", ordered: false, start: 1, items }];
    return { name: said(called), cells: list };
  });
}

function namesOf(heads: readonly (readonly Cell[])[]): string[] {
  const names: string[] = [];
  for (const { cell, column, begins } of heads.flat()) {
    const name = begins ? shortText(cell.blocks) : "";
    if (name === "") continue;
    for (let at = column; at < column + cell.columns; at++) {
      names[at] = names[at] === undefined ? name : `${names[at]}, ${name}`.slice(0, 2 * LONGEST_NAME).toWellFormed();
    }
  }
  return names;
}

function shortText(blocks: readonly Block[]): string {
  const text = blocksText(blocks).replace(/\s+/g, " ");
  return text.length <= LONGEST_NAME ? text : `${graphemesOf(text.slice(0, LONGEST_NAME)).slice(0, -1).join("")}…`;
}

/** Of a cell that spans several columns or rows, its first and its last. */
function placeOf(cell: TableCell, column: number, row: number, nameOf: (column: number) => string): string {
  const [first, last] = [nameOf(column), nameOf(column + cell.columns - 1)];
  return `${first}${last === first ? "" : ` to ${last}`}${cell.rows > 1 ? `, to row ${row + cell.rows}` : ""}`;
}

const said = (text: string): Block => ({ kind: "paragraph", runs: [{ kind: "text", text, bold: true }] });

function named(name: string, blocks: readonly Block[]): Block[] {
  const [first, ...others] = blocks;
  const label = { kind: "text", text: `${name}: `, bold: true } as const;
  if (first?.kind !== "paragraph" || first.heading !== undefined)
    return [{ kind: "paragraph", runs: [label] }, ...blocks];
  return [{ ...first, runs: [label, ...first.runs] }, ...others];
}
