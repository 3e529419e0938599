import type { Block, TableCell } from "../../../../chats/body.ts";
import type { PageContent } from "../file/page-content.ts";
import type { TextStyle } from "../type/text-line.ts";
import type { Row } from "./row.ts";
import type { Setting } from "./setting.ts";
import { PALE, SHADE } from "./styles.ts";

const PADDING = 3;
/** Points that a column should have; with less, the text shrinks. */
const COMFORTABLE = 62;
const LEAST_SCALE = 0.6;
/** With more columns a table is no longer one on paper: its cells follow one another. */
const MOST_COLUMNS = 24;
/** What is higher is cut, so that it fits pages. */
const HIGHEST = 400;

interface Cell {
  readonly cell: TableCell;
  readonly column: number;
}

/** Sets what stands in a cell. */
export type SetBlocks = (blocks: readonly Block[], width: number, style: TextStyle) => Row[];

interface Room {
  readonly width: number;
  readonly style: TextStyle;
  readonly setting: Setting;
}

/** A table as wide as it must be, at most the width: cells wrap, those of many columns in smaller type. */
export function tableRows(rows: readonly (readonly TableCell[])[], room: Room, set: SetBlocks): Row[] {
  const { width, style } = room;
  const placed = placeCells(rows);
  const columns = placed.flat().reduce((most, { cell, column }) => Math.max(most, column + cell.columns), 1);
  if (columns > MOST_COLUMNS) return rows.flat().flatMap(({ blocks }) => set(blocks, width, style));
  const scale = Math.min(1, Math.max(LEAST_SCALE, width / columns / COMFORTABLE));
  const small = { ...style, size: style.size * scale };
  const edges = edgesOf(placed, columns, { ...room, style: small });
  return placed.flatMap((cells) => {
    const filled = cells.map(({ cell, column }) => {
      const [left, right] = [edges[column] ?? 0, edges[Math.min(column + cell.columns, columns)] ?? width];
      const look = cell.header ? { ...small, bold: true } : small;
      return { left, right, header: cell.header, rows: set(cell.blocks, right - left - 2 * PADDING, look) };
    });
    return slices(filled);
  });
}

/** Columns that cells of rows above still take are left out. */
function placeCells(rows: readonly (readonly TableCell[])[]): Cell[][] {
  const taken: number[] = [];
  return rows.map((cells) => {
    let column = 0;
    const placed = cells.map((cell) => {
      while ((taken[column] ?? 0) > 0) column++;
      const at = column;
      for (let i = 0; i < cell.columns && at + i <= MOST_COLUMNS; i++) taken[at + i] = cell.rows;
      column += cell.columns;
      return { cell, column: at };
    });
    for (let i = 0; i < taken.length; i++) taken[i] = Math.max(0, (taken[i] ?? 0) - 1);
    return placed;
  });
}

/** Left edges of columns, and the right edge of the last: as wide as their text where that fits, else shared out so that narrow
 * columns stay narrow. */
function edgesOf(placed: readonly (readonly Cell[])[], columns: number, room: Room): number[] {
  const wanted = Array.from({ length: columns }, () => 12 + 2 * PADDING);
  for (const { cell, column } of placed.flat()) {
    if (cell.columns === 1) wanted[column] = Math.max(wanted[column] ?? 0, natural(cell, room) + 2 * PADDING + 0.5);
  }
  const edges = [0];
  let [left, open] = [room.width, columns];
  const order = wanted.map((want, column) => ({ want, column })).sort((a, b) => a.want - b.want);
  const widths: number[] = [];
  for (const { want, column } of order) {
    const own = Math.min(want, left / open);
    widths[column] = own;
    left -= own;
    open -= 1;
  }
  for (const own of widths) edges.push((edges.at(-1) ?? 0) + own);
  return edges;
}

/** How wide a cell's text would be on lines as long as they like; of long texts, the beginning tells enough. */
function natural({ blocks, header }: TableCell, { width, style, setting }: Room): number {
  let most = 0;
  for (const block of blocks) {
    if (block.kind !== "paragraph") return width;
    let line = 0;
    for (const run of block.runs) {
      if (run.kind === "break") line = 0;
      else if (run.kind === "picture") return width / 2;
      else line += measured(run.text.slice(0, 200), { style: header ? { ...style, bold: true } : style, setting });
      most = Math.max(most, line);
    }
  }
  return most;
}

function measured(text: string, { style, setting }: Pick<Room, "style" | "setting">): number {
  const request = { bold: style.bold ?? false, mono: style.mono ?? false, han: "sc" } as const;
  const words = text.match(/ +|[^ ]+/g) ?? [];
  return words.reduce((sum, word) => sum + setting.shaper.word(word, request, false).width, 0) * (style.size / 1000);
}

interface Filled {
  readonly left: number;
  readonly right: number;
  readonly header: boolean;
  readonly rows: readonly Row[];
}

/** One row, or several when its cells are higher than a page should be. */
function slices(cells: readonly Filled[]): Row[] {
  const rows: Row[] = [];
  const next = cells.map(() => 0);
  do {
    const slice = cells.map(({ rows: own }, at) => {
      const from = next[at] ?? 0;
      let [to, height] = [from, 0];
      for (let row = own[to]; row && (to === from || height + row.height <= HIGHEST); row = own[++to])
        height += row.height;
      next[at] = to;
      return { rows: own.slice(from, to), height };
    });
    const height = slice.reduce((most, one) => Math.max(most, one.height), 10) + 2 * PADDING;
    rows.push({
      height,
      paint: (page, x, top) =>
        cells.forEach((cell, at) => {
          edges(page, cell, { x, top, height });
          let y = top - PADDING;
          for (const row of slice[at]?.rows ?? []) {
            row.paint(page, x + cell.left + PADDING, y);
            y -= row.height;
          }
        }),
    });
  } while (cells.some(({ rows: own }, at) => (next[at] ?? 0) < own.length));
  return rows;
}

function edges(
  page: PageContent,
  { left, right, header }: Filled,
  { x, top, height }: { x: number; top: number; height: number },
): void {
  const width = right - left;
  if (header) page.rectangle(x + left, top - height, width, height, SHADE);
  page.rectangle(x + left, top - height, 0.5, height, PALE);
  page.rectangle(x + right - 0.5, top - height, 0.5, height, PALE);
  page.rectangle(x + left, top - 0.5, width, 0.5, PALE);
  page.rectangle(x + left, top - height, width, 0.5, PALE);
}
