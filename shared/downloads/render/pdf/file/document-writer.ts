import { PDFHexString, PDFName, type PDFRef, PDFString } from "pdf-lib";
import type { Row } from "../layout/row.ts";
import { PALE } from "../layout/styles.ts";
import { DocumentFonts } from "../type/cid-font.ts";
import type { TextLine } from "../type/text-line.ts";
import { type Outlined, putOutline } from "./outline.ts";
import { PageContent } from "./page-content.ts";
import { PdfFile } from "./pdf-file.ts";

/** A4, in points. */
const PAGE = { width: 595.28, height: 841.89 };
const MARGIN = { side: 56, top: 70, bottom: 48 };
export const TEXT_WIDTH = PAGE.width - 2 * MARGIN.side;
const TEXT_HEIGHT = PAGE.height - MARGIN.top - MARGIN.bottom;
/** Pages below one node of their tree. */
const SIBLINGS = 200;
const TOTAL = "Total";
/** The base line of what stands above the text. */
const HEAD = PAGE.height - 42;

/** What stands above the text of every page: its number at the left, followed by the number of all, which is told at the end. */
export interface PageHead {
  readonly title: TextLine;
  readonly page: (number: number) => TextLine;
  readonly total: (pages: number) => TextLine;
}

/** What a file tells of itself beside its pages. */
interface Properties {
  readonly title: string;
  readonly subject: string;
  /** Of its content, in milliseconds. */
  readonly date: number | undefined;
}

/** Fills pages with rows, one after another; a page leaves memory when it is full. */
export class DocumentWriter {
  readonly file = new PdfFile();
  readonly fonts = new DocumentFonts(this.file);
  readonly #head: PageHead;
  readonly #root = this.file.reserve();
  readonly #fontRefs = this.file.reserve();
  readonly #total = this.file.reserve();
  readonly #pictures = new Map<string, PDFRef>();
  readonly #outline: Outlined[] = [];
  readonly #nodes: { readonly ref: PDFRef; readonly pages: PDFRef[] }[] = [];
  readonly #page = new PageContent(this.fonts);
  #ref = this.file.reserve();
  #pages = 0;
  #free = TEXT_HEIGHT;
  #held: Row[] = [];

  constructor(head: PageHead) {
    this.#head = head;
    this.#paintHead();
  }

  /** What ending the document now would still write, at the most. */
  get unwritten(): number {
    const { file } = this;
    return (
      file.untaken +
      this.#page.operators.length +
      this.fonts.bytes +
      25 * file.objects +
      150 * this.#outline.length +
      25_000
    );
  }

  /** Gives a picture its name on pages. */
  addPicture(ref: PDFRef): string {
    const name = `P${this.#pictures.size + 1}`;
    this.#pictures.set(name, ref);
    return name;
  }

  /** A part of pages that is told at the end: without `putLater` it shows nothing. Gives its name on pages. */
  reserve(): { readonly name: string; readonly ref: PDFRef } {
    const ref = this.file.reserve();
    return { ref, name: this.addPicture(ref) };
  }

  /** One line, its lower left corner at the place that the part has on the page. */
  putLater(line: TextLine, ref: PDFRef): void {
    const content = new PageContent(this.fonts);
    content.text(line, 0, 0);
    const form = {
      ...{ Type: "XObject", Subtype: "Form", BBox: [0, -20, TEXT_WIDTH, 20] },
      Resources: { Font: this.#fontRefs },
    };
    this.file.putDeflated(this.file.context.obj(form), content.operators, ref);
  }

  /** Puts rows below those before. Rows that must not end a page wait for the next, and gaps with them. */
  place(rows: readonly Row[]): void {
    for (const row of rows) {
      this.#held.push(row);
      if (!row.keep && !row.isGap) this.#flush();
    }
  }

  #flush(): void {
    const held = this.#held;
    this.#held = [];
    const height = held.reduce((sum, row) => sum + row.height, 0);
    // What is higher than a page as a whole stands as it comes.
    if (height > this.#free && height <= TEXT_HEIGHT && !held.every(({ isGap }) => isGap)) this.#endPage();
    for (const row of held) this.#paint(row);
  }

  #paint(row: Row): void {
    if (row.isGap && (this.#free === TEXT_HEIGHT || row.height > this.#free)) return;
    if (row.height > this.#free && this.#free < TEXT_HEIGHT) this.#endPage();
    if (this.#free === TEXT_HEIGHT) for (const head of row.heads ?? []) this.#paint(head);
    const top = MARGIN.bottom + this.#free;
    if (row.outline) this.#outline.push({ names: row.outline, page: this.#ref, top: top + 4 });
    row.paint(this.#page, MARGIN.side, top);
    this.#free -= row.height;
  }

  #endPage(): void {
    this.#pages += 1;
    const { context } = this.file;
    const page = this.#page;
    const pictures = Object.fromEntries(
      [...page.pictures].map((name) => [name, this.#pictures.get(name) ?? this.#total]),
    );
    const links = page.links.map(({ box, uri }) =>
      context.obj({
        ...{ Type: "Annot", Subtype: "Link", Rect: box.map((edge) => Math.round(edge * 10) / 10), Border: [0, 0, 0] },
        A: { Type: "Action", S: "URI", URI: PDFString.of(escaped(uri)) },
      }),
    );
    const node = this.#node();
    const entries = context.obj({
      ...{ Type: "Page", Parent: node.ref, MediaBox: [0, 0, PAGE.width, PAGE.height] },
      Resources: { Font: this.#fontRefs, XObject: { [TOTAL]: this.#total, ...pictures } },
      Contents: this.file.putStream(page.operators),
    });
    if (links.length > 0) entries.set(PDFName.of("Annots"), context.obj(links));
    node.pages.push(this.file.put(entries, this.#ref));
    page.clear();
    this.#ref = this.file.reserve();
    this.#free = TEXT_HEIGHT;
    this.#paintHead();
  }

  #node() {
    const last = this.#nodes.at(-1);
    if (last && last.pages.length < SIBLINGS) return last;
    const node = { ref: this.file.reserve(), pages: [] };
    this.#nodes.push(node);
    return node;
  }

  #paintHead(): void {
    const { title, page } = this.#head;
    const number = page(this.#pages + 1);
    this.#page.text(number, MARGIN.side, HEAD);
    this.#page.form(TOTAL, MARGIN.side + number.width, HEAD);
    this.#page.text(title, PAGE.width - MARGIN.side - title.width, HEAD);
    this.#page.rectangle(MARGIN.side, HEAD - 7, TEXT_WIDTH, 0.5, PALE);
  }

  /** Ends the document. */
  end({ title, subject, date }: Properties): void {
    this.#flush();
    if (this.#free < TEXT_HEIGHT || this.#pages === 0) this.#endPage();
    const { context } = this.file;
    this.#putTotal();
    for (const { ref, pages } of this.#nodes) {
      this.file.put(context.obj({ Type: "Pages", Parent: this.#root, Kids: pages, Count: pages.length }), ref);
    }
    const kids = this.#nodes.map(({ ref }) => ref);
    this.file.put(context.obj({ Type: "Pages", Kids: kids, Count: this.#pages }), this.#root);
    this.fonts.write(this.#fontRefs);
    const outline = putOutline(this.file, this.#outline);
    const catalog = context.obj({
      ...{ Type: "Catalog", Pages: this.#root, ViewerPreferences: { DisplayDocTitle: true } },
      ...(outline ? { Outlines: outline, PageMode: "UseOutlines" } : {}),
    });
    const info = context.obj({
      ...{ Title: PDFHexString.fromText(title), Subject: PDFHexString.fromText(subject) },
      Producer: PDFString.of("teams-chat-vault"),
    });
    if (date !== undefined) {
      for (const name of ["CreationDate", "ModDate"]) info.set(PDFName.of(name), PDFString.fromDate(new Date(date)));
    }
    this.file.end(this.file.put(catalog), this.file.put(info));
  }

  /** One for all pages: how many there are is known when the last is written. */
  #putTotal(): void {
    this.putLater(this.#head.total(this.#pages), this.#total);
  }
}

/** Addresses are ASCII by then; what ends a PDF string is taken from them. */
const escaped = (uri: string): string =>
  uri
    .replace(/[^\x21-\x7e]/gu, (found) => encodeURIComponent(found.toWellFormed()))
    .replace(/[\\()]/g, (found) => `%${found.charCodeAt(0).toString(16)}`);
