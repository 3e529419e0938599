import { type Attributes, type HtmlHandler, readHtml } from "./read-html.ts";
import { TextLines } from "./text-lines.ts";

export interface HtmlTextOptions {
  /** What stands for `<attachment id>`; the text may have several lines. */
  readonly attachment?: (id: string) => string | undefined;
}

const LINES = new Set([
  ..."address article aside blockquote center codeblock dd details div dl dt fieldset figcaption figure footer form".split(
    " ",
  ),
  ..."h1 h2 h3 h4 h5 h6 header li main nav ol p pre section summary table tbody tfoot thead tr ul".split(" "),
]);
/** Their content is no text. */
const SILENT = new Set(["script", "style", "template", "noscript", "head", "svg", "math"]);

/** Turns the HTML of a chat message into plain text: one line per block, `> ` before quotes, list marks, table cells parted
 * by ` | `, addresses of links behind their text, the glyphs of Teams' emoji, `@` before mentions, `[picture: …]` for
 * pictures. Takes anything: it reads tokens instead of building a tree, so that time grows with the length alone and unclosed
 * or endlessly nested tags cost nothing. */
export function htmlToText(html: string, options: HtmlTextOptions = {}): string {
  const walk = new Walk(options);
  readHtml(html, walk);
  return walk.finish();
}

class Walk implements HtmlHandler {
  readonly #lines = new TextLines();
  readonly #options: HtmlTextOptions;
  /** How many of each tag are open: no stack to search, so a close tag costs the same at any depth. */
  readonly #depth = new Map<string, number>();
  readonly #lists: { ordered: boolean; next: number }[] = [];
  #link: { href: string; from: number } | undefined;

  constructor(options: HtmlTextOptions) {
    this.#options = options;
  }

  open(tag: string, attributes: Attributes, selfClosing: boolean): void {
    // Only foreign elements close themselves; of those none has text.
    if (selfClosing && (tag === "svg" || tag === "math")) return;
    if (tag === "body") this.#depth.set("head", 0);
    if (tag !== "br" && tag !== "img" && tag !== "hr") this.#depth.set(tag, this.#open(tag) + 1);
    if (LINES.has(tag)) this.#lines.end();
    const lines = this.#lines;
    switch (tag) {
      case "br":
        return lines.break();
      case "hr":
        return lines.block("---");
      case "blockquote":
        return lines.quote(1);
      case "pre":
      case "codeblock":
        return lines.preserve(1);
      case "ul":
      case "ol":
        if (this.#lists.length < 50) this.#lists.push({ ordered: tag === "ol", next: 1 });
        return;
      case "li":
        return lines.add(this.#mark());
      case "td":
      case "th":
        return lines.cell();
      case "a":
        this.#link = { href: attributes["href"] ?? "", from: lines.length };
        return;
      case "at":
        return lines.add("@");
      case "emoji":
        return lines.add(attributes["alt"] ?? attributes["title"] ?? "");
      case "customemoji":
        return lines.add(`:${attributes["alt"] ?? attributes["id"] ?? "emoji"}:`);
      case "img":
        return lines.add(picture(attributes));
      case "attachment":
        return this.#attachment(attributes["id"] ?? "");
    }
  }

  close(tag: string): void {
    const open = this.#open(tag);
    if (open === 0) {
      if (tag === "p") this.#lines.break();
      return;
    }
    this.#depth.set(tag, open - 1);
    if (LINES.has(tag)) this.#lines.end();
    if (tag === "blockquote") this.#lines.quote(-1);
    else if (tag === "pre" || tag === "codeblock") this.#lines.preserve(-1);
    else if (tag === "ul" || tag === "ol") this.#lists.pop();
    else if (tag === "a") this.#endLink();
  }

  text(text: string): void {
    for (const tag of SILENT) if (this.#open(tag) > 0) return;
    this.#lines.text(text);
  }

  finish(): string {
    this.#endLink();
    return this.#lines.finish();
  }

  #open(tag: string): number {
    return this.#depth.get(tag) ?? 0;
  }

  #mark(): string {
    const list = this.#lists.at(-1);
    const indent = "  ".repeat(Math.max(0, Math.min(this.#lists.length, 10) - 1));
    return list?.ordered ? `${indent}${list.next++}. ` : `${indent}- `;
  }

  #endLink(): void {
    const link = this.#link;
    this.#link = undefined;
    if (!link || !/^(https?|mailto|tel|ftp):/i.test(link.href)) return;
    const shown = this.#lines.since(link.from).trim();
    if (shown === "") this.#lines.add(link.href);
    else if (shown !== link.href && `mailto:${shown}` !== link.href) this.#lines.add(` (${link.href})`);
  }

  #attachment(id: string): void {
    const text = this.#options.attachment?.(id);
    if (text) this.#lines.block(text);
  }
}

/** The address is told only of a picture on the open web; one that Teams hosts is among the attachments. */
function picture({ alt = "", src = "", itemtype = "" }: Attributes): string {
  if (/schema\.skype\.com\/Emoji/i.test(itemtype) && alt !== "") return alt;
  const label = alt === "" || alt === "image" ? "" : `: ${alt}`;
  const outside = /^https?:\/\//i.test(src) && !/\/hostedContents\//i.test(src) ? ` ${src}` : "";
  return `[picture${label}${outside}]`;
}
