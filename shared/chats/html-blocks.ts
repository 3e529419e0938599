import type { Block, Run } from "./body.ts";
import { HtmlText } from "./html-text.ts";
import { OpenBlocks } from "./open-blocks.ts";
import { OpenCode } from "./open-code.ts";
import { OpenDirections } from "./open-directions.ts";
import { hostedKey } from "./references.ts";
import { safeAddress } from "./safe-address.ts";
import { type Attributes, type HtmlHandler, readHtml } from "./read-html.ts";

/** What the tags of Teams stand for. */
export interface HtmlSurroundings {
  /** What stands for `<attachment id>`. */
  readonly attachment?: (id: string) => readonly Block[];
  /** The name behind `<at id>`, where the tag itself says none. */
  readonly mention?: (id: string) => string | undefined;
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));

const BLOCKS = words(
  "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol option p section summary table tbody td tfoot th thead tr ul",
);
/** They open a block that other blocks stand in. */
const CONTAINERS = words("blockquote li ol table td th tr ul");
const CODE = words("pre codeblock");
/** What is in them is no text; their end is found by the tokenizer. */
const SILENT = words("script style title");
const HEADING = /^h[1-6]$/;
/** The mark of a quoted reply of old clients, which has no attachment. */
const REPLY = /schema\.skype\.com\/Reply/i;

/** Turns the HTML of a chat message into blocks. Takes anything: it reads tokens instead of building a tree, so that time grows
 * with the length alone, and what is unclosed, closed twice or nested without end still gives blocks of bounded depth, with every
 * visible character in them. */
export function htmlBlocks(html: string, surroundings: HtmlSurroundings = {}): Block[] {
  const reader = new HtmlReader(surroundings);
  readHtml(html, reader);
  return reader.finish();
}

class HtmlReader implements HtmlHandler {
  readonly #around: HtmlSurroundings;
  readonly #open = new OpenBlocks();
  readonly #directions = new OpenDirections();
  readonly #text: HtmlText;
  #silent = 0;
  #code: OpenCode | undefined;
  /** The quoted reply that has just begun, and the name of its author. */
  #quoted: { heading: string } | undefined;
  #author: string | undefined;
  #heading: 1 | 2 | 3 | 4 | 5 | 6 | undefined;

  constructor(around: HtmlSurroundings) {
    this.#around = around;
    this.#text = new HtmlText(around.mention);
  }

  open(tag: string, attributes: Attributes): void {
    if (SILENT.has(tag)) this.#silent += 1;
    else if (tag === "attachment") this.#attachment(attributes["id"] ?? "");
    else if (tag === "video" || tag === "audio") this.#media(tag, attributes["src"]);
    else if (this.#code) this.#openInCode(tag, attributes);
    else if (CODE.has(tag)) this.#beginCode(attributes["class"]);
    else if (BLOCKS.has(tag)) this.#openBlock(tag, attributes);
    else if (tag === "strong" && attributes["itemprop"] === "mri" && this.#quoted) this.#author ??= "";
    else this.#text.open(tag, attributes);
  }

  close(tag: string): void {
    if (SILENT.has(tag)) this.#silent = Math.max(0, this.#silent - 1);
    else if (tag === "strong" && this.#author !== undefined) this.#endAuthor();
    else if (CONTAINERS.has(tag)) this.#closeContainer(tag);
    else if (this.#code) this.#closeInCode(tag);
    else if (BLOCKS.has(tag)) this.#endParagraph();
    else this.#text.close(tag);
    if (HEADING.test(tag)) this.#heading = undefined;
    if (BLOCKS.has(tag)) this.#directions.close(tag);
  }

  text(piece: string): void {
    if (this.#silent > 0) return;
    if (this.#code) this.#code.add(piece);
    else if (this.#author !== undefined) this.#author += piece;
    else {
      if (this.#quoted && /\S/.test(piece)) this.#quoted = undefined;
      this.#text.text(piece);
    }
  }

  finish(): Block[] {
    this.#end();
    return this.#open.finish();
  }

  #openBlock(tag: string, attributes: Attributes): void {
    this.#endParagraph();
    if (tag !== "hr") this.#directions.open(tag, attributes["dir"]);
    if (CONTAINERS.has(tag)) this.#openContainer(tag, attributes);
    else if (tag === "hr") this.#open.place().push({ kind: "rule" });
    else if (HEADING.test(tag)) this.#heading = Number(tag[1]) as 1;
  }

  #openContainer(tag: string, attributes: Attributes): void {
    const count = (name: string) => Number.parseInt(attributes[name] ?? "", 10);
    if (tag === "ul" || tag === "ol") this.#open.list(tag, startOf(count("start")));
    else if (tag === "li") this.#open.item();
    else if (tag === "table") this.#open.table(/^rtl$/i.test(attributes["dir"] ?? ""));
    else if (tag === "tr") this.#open.row();
    else if (tag !== "blockquote")
      this.#open.cell({ header: tag === "th", columns: count("colspan"), rows: count("rowspan") });
    else this.#openQuote(REPLY.test(attributes["itemtype"] ?? ""));
  }

  #openQuote(isReply: boolean): void {
    const blocks: Block[] = [];
    if (!isReply) return void this.#open.quote({ kind: "quote", blocks }, blocks);
    const block = { kind: "original" as const, heading: wrote(undefined), blocks };
    if (this.#open.quote(block, blocks)) this.#quoted = block;
  }

  #closeContainer(tag: string): void {
    if (this.#code && !this.#open.closes(tag)) this.#closeInCode(tag);
    else this.#end();
    this.#open.close(tag);
    this.#quoted = undefined;
  }

  #attachment(id: string): void {
    const blocks = this.#around.attachment?.(id) ?? [];
    if (blocks.length === 0) return;
    this.#between(() => {
      for (const block of blocks) this.#open.place().push(block);
    });
  }

  #media(tag: "video" | "audio", url: string | undefined): void {
    const content = url === undefined ? undefined : hostedKey(url);
    const href = content === undefined ? safeAddress(url) : undefined;
    const label = tag === "video" ? "Video" : "Sound";
    const more = { ...(content === undefined ? {} : { content }), ...(href === undefined ? {} : { href }) };
    this.#between(() => void this.#open.place().push({ kind: "attachment", label, ...more }));
  }

  /** What cannot stand among code parts it in two. */
  #between(show: () => void): void {
    const code = this.#code;
    this.#end();
    show();
    if (!code) return;
    this.#endParagraph();
    this.#code = code.rest();
  }

  #beginCode(language: string | undefined): void {
    this.#endParagraph();
    this.#code = new OpenCode(language);
  }

  #openInCode(tag: string, attributes: Attributes): void {
    const code = this.#code;
    if (!code) return;
    if (CODE.has(tag)) code.deeper();
    else if (tag === "br") code.add("\n");
    else if (BLOCKS.has(tag)) this.#endCodeLine(tag);
    else if (tag === "img" || tag === "customemoji") this.#between(() => this.#text.open(tag, attributes));
    else code.add(HtmlText.inCode(tag, attributes));
  }

  #closeInCode(tag: string): void {
    if (CODE.has(tag) && this.#code?.shallower()) this.#end();
    else if (BLOCKS.has(tag)) this.#endCodeLine();
  }

  /** `opened` is a container that is none inside of code. */
  #endCodeLine(opened?: string): void {
    if (opened !== undefined && CONTAINERS.has(opened)) this.#open.skip(opened);
    this.#code?.endLine();
  }

  #end(): void {
    this.#endParagraph();
    const code = this.#code?.block();
    this.#code = undefined;
    if (code) this.#open.place().push(code);
  }

  #endAuthor(): void {
    const name = this.#author?.trim();
    if (name && this.#quoted) this.#quoted.heading = wrote(name);
    if (this.#author !== undefined) this.#quoted = undefined;
    this.#author = undefined;
  }

  #endParagraph(): void {
    this.#endAuthor();
    const runs: Run[] | undefined = this.#text.take();
    if (!runs) return;
    const heading = this.#heading ? { heading: this.#heading } : {};
    const direction = this.#directions.rightToLeft ? { rightToLeft: true as const } : {};
    this.#open.place().push({ kind: "paragraph", runs, ...heading, ...direction });
    this.#heading = undefined;
  }
}

/** The line above a quoted reply. */
export const wrote = (name: string | undefined): string => `${name ?? "Somebody"} wrote:`;

const startOf = (start: number): number => (Math.abs(start) < 1_000_000_000 ? start : 1);
