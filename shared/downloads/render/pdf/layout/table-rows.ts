import type { Block, TableCell } from "../../../../chats/body.ts";
import type { PageContent } from "../file/page-content.ts";
import type { TextStyle } from "../type/text-line.ts";
import { type Cell, MOST_COLUMNS, placeCells } from "./place-cells.ts";
import { gap, type Row } from "./row.ts";
import type { Setting } from "./setting.ts";
import { PALE, SHADE } from "./styles.ts";
import { listedRows } from "./wide-table.ts";

const PADDING = 3;
/** Points that a column should have; with less, the text shrinks. */
const COMFORTABLE = 62;
const LEAST_SCALE = 0.6;
/** What is higher is cut, so that it fits pages. */
const HIGHEST = 400;
/** Headings that are higher are told once: they would take the pages. */
const HIGHEST_HEADS = 120;
/** Points between the rows of a table that are told as lists. */
const BETWEEN_LISTED = 4;

/** Sets what stands in a cell. */
export type SetBlocks = (blocks: readonly Block[], width: number, style: TextStyle) => Row[];

interface Room {
  readonly width: number;
  readonly style: TextStyle;
  readonly setting: Setting;
}

type Table = Extract<Block, { kind: "table" }>;

/** A table as wide as it must be, at most the width: cells wrap, those of many columns in smaller type. Its headings stand on each of
 * its pages. With more columns than a page has room for its rows are lists. */
export function tableRows({ rows, rightToLeft }: Table, room: Room, set: SetBlocks): Row[] {
  const { width, style } = room;
  const placed = placeCells(rows);
  const columns = placed.flat().reduce((most, { cell, column }) => Math.max(most, column + cell.columns), 1);
  if (columns > MOST_COLUMNS) {
    return listedRows(placed, headsOf(placed)).flatMap(({ name, cells }) => [
      ...set([name], width, style).map((row): Row => ({ ...row, keep: true })),
      ...set(cells, width, style),
      gap(BETWEEN_LISTED),
    ]);
  }
  const scale = Math.min(1, Math.max(LEAST_SCALE, width / columns / COMFORTABLE));
  const small = { ...style, size: style.size * scale };
  const edges = edgesOf(placed, columns, { ...room, style: small });
  const filledRows = placed.map((cells) => {
    const filled = cells.map(({ cell, column, begins, ends }): Filled => {
      const [left, right] = [edges[column] ?? 0, edges[Math.min(column + cell.columns, columns)] ?? width];
      const look = cell.header ? { ...small, bold: true } : small;
      const rows = begins ? set(cell.blocks, right - left - 2 * PADDING, look) : [];
      const sides = rightToLeft ? { left: width - right, right: width - left } : { left, right };
      return { ...sides, header: cell.header, begins, ends, rows };
    });
    return slices(filled, rightToLeft ?? false);
  });
  return withHeads(filledRows, headsOf(placed));
}

/** How many rows of a table are nothing but headings, and end before those that are not. */
function headsOf(placed: readonly (readonly Cell[])[]): number {
  const heads = placed.findIndex((cells) => !cells.every(({ cell }) => cell.header));
  return placed[heads - 1]?.every(({ ends }) => ends) ? heads : 0;
}

function withHeads(rows: readonly (readonly Row[])[], count: number): Row[] {
  const heads = rows.slice(0, count).flat();
  if (heads.length === 0 || heads.reduce((sum, { height }) => sum + height, 0) > HIGHEST_HEADS) return rows.flat();
  const others = rows.slice(count).flat();
  return [...heads.map((row): Row => ({ ...row, keep: true })), ...others.map((row): Row => ({ ...row, heads }))];
}

/** Left edges of columns, and the right edge of the last: as wide as their text where that fits, else shared out so that narrow
 * columns stay narrow. */
function edgesOf(placed: readonly (readonly Cell[])[], columns: number, room: Room): number[] {
  const wanted = Array.from({ length: columns }, () => 12 + 2 * PADDING);
  for (const { cell, column, begins } of placed.flat()) {
    if (begins && cell.columns === 1)
      wanted[column] = Math.max(wanted[column] ?? 0, natural(cell, room) + 2 * PADDING + 0.5);
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
  readonly begins: boolean;
  readonly ends: boolean;
  readonly rows: readonly Row[];
}

/** One row, or several when its cells are higher than a page should be. */
function slices(cells: readonly Filled[], leftward: boolean): Row[] {
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
      leftward,
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
  { left, right, header, begins, ends }: Filled,
  { x, top, height }: { x: number; top: number; height: number },
): void {
  const width = right - left;
  if (header) page.rectangle(x + left, top - height, width, height, SHADE);
  page.rectangle(x + left, top - height, 0.5, height, PALE);
  page.rectangle(x + right - 0.5, top - height, 0.5, height, PALE);
  if (begins) page.rectangle(x + left, top - 0.5, width, 0.5, PALE);
  if (ends) page.rectangle(x + left, top - height, width, 0.5, PALE);
}
