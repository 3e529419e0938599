import { Readable } from "node:stream";
import { type Extent, layOut, layoutDigest, Layouter } from "../../shared/downloads/package/layout.ts";
import {
  decodeRows,
  encodeRow,
  type IndexedContent,
  type IndexedDocument,
  type IndexedReference,
  type IndexRow,
  type SetHead,
} from "../../shared/downloads/package/set-index.ts";

/** A file set in short: each document with how many of the references, in order, its messages have. */
export interface FileSetGiven {
  readonly head: SetHead;
  readonly documents: readonly (IndexedDocument & { readonly references: number })[];
  readonly contents: readonly IndexedContent[];
  readonly references: readonly IndexedReference[];
}

/** Its index as a rendering leaves it behind, and the layout of its zips. */
export async function fileSet(given: FileSetGiven) {
  const index = Buffer.from(endedRows([...indexRows(given)].map(encodeRow)).join(""));
  const rows = ({ offset, bytes }: Extent) => decodeRows(Readable.from([index.subarray(offset, offset + bytes)]));
  const layout = await layOut(rows({ offset: 0, bytes: index.length }));
  return { index, rows, layout };
}

function* indexRows({ head, documents, contents, references }: FileSetGiven): Generator<IndexRow> {
  yield { head };
  for (const content of contents) yield { content };
  let told = 0;
  for (const { references: own, ...document } of documents) {
    for (const reference of references.slice(told, told + own)) yield { reference };
    told += own;
    yield { document };
  }
}

/** With the row behind them that says how they are laid out. */
function endedRows(texts: readonly string[]): string[] {
  const layouter = new Layouter();
  for (const text of texts) layouter.add({ row: JSON.parse(text) as IndexRow, bytes: Buffer.byteLength(text) });
  return [...texts, encodeRow({ end: layoutDigest(layouter.layOut()) })];
}
