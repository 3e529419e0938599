import type { TableCell } from "../../../../chats/body.ts";

/** With more columns a table is no longer one on paper: its cells follow one another. */
export const MOST_COLUMNS = 24;

/** A cell in one of the rows that it spans: what stands in it is told in the first of them. */
export interface Cell {
  readonly cell: TableCell;
  readonly column: number;
  readonly begins: boolean;
  readonly ends: boolean;
}

/** Gives each row its cells and those of rows above that reach into it; columns that these take are left out. */
export function placeCells(rows: readonly (readonly TableCell[])[]): Cell[][] {
  const taken: number[] = [];
  let open: { readonly cell: TableCell; readonly column: number; left: number }[] = [];
  return rows.map((cells) => {
    const spanning = open.map(({ cell, column, left }) => ({ cell, column, begins: false, ends: left === 1 }));
    open = open.filter((one) => --one.left > 0);
    let column = 0;
    const placed = cells.map((cell) => {
      while ((taken[column] ?? 0) > 0) column++;
      const at = column;
      for (let i = 0; i < cell.columns && at + i <= MOST_COLUMNS; i++) taken[at + i] = cell.rows;
      column += cell.columns;
      if (cell.rows > 1 && at < MOST_COLUMNS) open.push({ cell, column: at, left: cell.rows - 1 });
      return { cell, column: at, begins: true, ends: cell.rows === 1 };
    });
    for (let i = 0; i < taken.length; i++) taken[i] = Math.max(0, (taken[i] ?? 0) - 1);
    return [...spanning, ...placed];
  });
}
