import { PDFHexString, PDFName, type PDFRef } from "pdf-lib";
import type { PdfFile } from "./pdf-file.ts";

/** A place that the outline leads to, and what it is called there: its month, and its day below. */
export interface Outlined {
  readonly names: readonly [month: string, day: string];
  readonly page: PDFRef;
  readonly top: number;
}

interface Entry extends Omit<Outlined, "names"> {
  readonly ref: PDFRef;
  readonly name: string;
  readonly children: Entry[];
}

/** Months with their days; undefined when there is nothing to lead to. */
export function putOutline(file: PdfFile, places: readonly Outlined[]): PDFRef | undefined {
  const months: Entry[] = [];
  for (const { names, page, top } of places) {
    const entry = (name: string): Entry => ({ ref: file.reserve(), name, page, top, children: [] });
    if (months.at(-1)?.name !== names[0]) months.push(entry(names[0]));
    months.at(-1)?.children.push(entry(names[1]));
  }
  const [first, last] = [months[0], months.at(-1)];
  if (!first || !last) return undefined;
  const root = file.reserve();
  putSiblings(file, months, root);
  const count = months.length;
  return file.put(file.context.obj({ Type: "Outlines", First: first.ref, Last: last.ref, Count: count }), root);
}

function putSiblings(file: PdfFile, entries: readonly Entry[], parent: PDFRef): void {
  entries.forEach(({ ref, name, page, top, children }, at) => {
    const dict = file.context.obj({
      Title: PDFHexString.fromText(name),
      Parent: parent,
      Dest: [page, "XYZ", 0, Math.round(top), 0],
    });
    const set = (key: string, value: PDFRef | undefined) => value && dict.set(PDFName.of(key), value);
    set("Prev", entries[at - 1]?.ref);
    set("Next", entries[at + 1]?.ref);
    set("First", children[0]?.ref);
    set("Last", children.at(-1)?.ref);
    // Closed: the days show when the month is opened.
    if (children.length > 0) dict.set(PDFName.of("Count"), file.context.obj(-children.length));
    file.put(dict, ref);
    putSiblings(file, children, ref);
  });
}
