import type { PageContent } from "../file/page-content.ts";
import type { TextLine } from "../type/text-line.ts";
import { LEADING } from "./styles.ts";

/** What stands on a page as one piece, as wide as what it is in. Heights and places are points; `top` counts from the lower edge. */
export interface Row {
  readonly height: number;
  paint(page: PageContent, x: number, top: number): void;
  /** Empty: left out where a page begins. */
  readonly isGap?: true;
  /** Never the last of a page while more comes. */
  readonly keep?: true;
  /** Whether its text begins at the right; absent where it has none. */
  readonly leftward?: boolean;
  /** Headings of the table that the row is in: told again above it where it begins a page. */
  readonly heads?: readonly Row[];
  /** A place that the outline leads to: the names of its month and day. */
  readonly outline?: readonly [month: string, day: string];
}

export const gap = (height: number): Row => ({ height, paint: () => undefined, isGap: true });

export const textRow = (line: TextLine, size: number, more: Pick<Row, "keep"> = {}): Row => ({
  height: size * LEADING,
  paint: (page, x, top) => page.text(line, x, top - size * 1.08),
  leftward: line.leftward ?? false,
  ...more,
});

/** Whether text begins at the right, by its first line. */
export const isLeftward = (rows: readonly Row[]): boolean =>
  rows.find(({ leftward }) => leftward !== undefined)?.leftward ?? false;

export interface Frame {
  readonly indent: number;
  /** Above and below. */
  readonly padding: number;
  /** Draws what stands behind one row: a bar, a ground, an edge. */
  paint(page: PageContent, x: number, top: number, height: number, place: Place): void;
}

/** Among the rows of a frame. */
interface Place {
  readonly first: boolean;
  readonly last: boolean;
}

/** Sets rows in a frame that goes on over as many pages as they do. */
export function framed(rows: readonly Row[], frame: Frame): Row[] {
  const padded = [...(frame.padding > 0 ? [{ ...pad(frame.padding), keep: true as const }] : []), ...rows];
  if (frame.padding > 0) padded.push(pad(frame.padding));
  const within = ({ isGap: _, ...row }: Row, place: Place): Row => ({
    ...repeated(row, (head) => within(head, { first: false, last: false })),
    paint: (page, x, top) => {
      frame.paint(page, x, top, row.height, place);
      row.paint(page, x + frame.indent, top);
    },
  });
  return padded.map((row, at) => within(row, { first: at === 0, last: at === padded.length - 1 }));
}

/** A row whose headings stand where it does. */
const repeated = (row: Row, place: (head: Row) => Row): Row => ({
  ...row,
  ...(row.heads && { heads: row.heads.map(place) }),
});

const pad = (height: number): Row => ({ height, paint: () => undefined });

/** Draws something beside the first row. */
export function marked(rows: readonly Row[], indent: number, mark: Row): Row[] {
  const [first = { height: mark.height, paint: () => undefined }, ...others] = rows;
  const moved = (row: Row): Row => ({
    ...repeated(row, moved),
    paint: (page, x, top) => row.paint(page, x + indent, top),
  });
  const { paint, ...rest } = moved(first);
  const head: Row = {
    ...rest,
    paint: (page, x, top) => {
      mark.paint(page, x, top);
      paint(page, x, top);
    },
  };
  return [head, ...others.map(moved)];
}
