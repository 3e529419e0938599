import type { TableCell } from "../../../../chats/body.ts";

/** With more columns a table is no longer one on paper: its rows are lists. */
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
  /** Of each column, the first row that no cell above it reaches into. */
  const free: number[] = [];
  let open: { readonly cell: TableCell; readonly column: number; left: number }[] = [];
  return rows.map((cells, row) => {
    const spanning = open.map(({ cell, column, left }) => ({ cell, column, begins: false, ends: left === 1 }));
    open = open.filter((one) => --one.left > 0);
    let column = 0;
    const placed = cells.map((cell) => {
      while ((free[column] ?? 0) > row) column++;
      const at = column;
      if (cell.rows > 1) for (let i = 0; i < cell.columns; i++) free[at + i] = row + cell.rows;
      column += cell.columns;
      if (cell.rows > 1 && at < MOST_COLUMNS) open.push({ cell, column: at, left: cell.rows - 1 });
      return { cell, column: at, begins: true, ends: cell.rows === 1 };
    });
    return [...spanning, ...placed];
  });
}
