import type { Run } from "./body.ts";
import { customEmoji, picture } from "./picture.ts";
import type { Attributes } from "./read-html.ts";
import { type Format, RunLine } from "./run-line.ts";
import { safeAddress } from "./safe-address.ts";

type Look = Exclude<keyof Format, "href" | "script"> | "super" | "sub";

const LOOKS: ReadonlyMap<string, Look> = new Map(
  Object.entries<Look>({
    ...{ b: "bold", strong: "bold", i: "italic", em: "italic", cite: "italic", var: "italic", dfn: "italic" },
    ...{ u: "underline", ins: "underline", s: "strike", strike: "strike", del: "strike" },
    ...{ code: "code", kbd: "code", samp: "code", tt: "code", sup: "super", sub: "sub" },
  }),
);

const EMOJI = /schema\.skype\.com\/Emoji/i;

/** The text of one paragraph after another: looks, links, mentions, emoji, pictures. Of each tag it knows only how often it is
 * open, so that a closing tag costs the same at any depth. */
export class HtmlText {
  readonly #mentioned: (id: string) => string | undefined;
  readonly #line = new RunLine();
  readonly #looks = new Map<Look, number>();
  #format: Format = {};
  #link: { readonly href: string; isShown: boolean } | undefined;
  #mention: { readonly id: string; text: string } | undefined;

  constructor(mentioned: (id: string) => string | undefined = () => undefined) {
    this.#mentioned = mentioned;
  }

  /** What a tag shows among code, where there are no looks. */
  static inCode(tag: string, attributes: Attributes): string {
    if (tag === "at") return "@";
    if (tag === "emoji") return glyph(attributes);
    return "";
  }

  open(tag: string, attributes: Attributes): void {
    const look = LOOKS.get(tag);
    if (look) this.#look(look, 1);
    else if (tag === "br") this.#break();
    else if (tag === "a") this.#openLink(safeAddress(attributes["href"]));
    else if (tag === "at") this.#openMention(attributes["id"] ?? "");
    else if (tag === "emoji") this.#add({ kind: "emoji", text: glyph(attributes) });
    else if (tag === "customemoji") this.#add(customEmoji(attributes));
    else if (tag === "img")
      this.#add(EMOJI.test(attributes["itemtype"] ?? "") ? emojiOf(attributes) : picture(attributes));
  }

  close(tag: string): void {
    const look = LOOKS.get(tag);
    if (look) this.#look(look, -1);
    else if (tag === "br") this.#break();
    else if (tag === "a") this.#endLink();
    else if (tag === "at") this.#endMention();
  }

  text(piece: string): void {
    if (this.#mention) this.#mention.text += piece;
    else {
      if (this.#link && /\S/.test(piece)) this.#link.isShown = true;
      this.#line.text(piece, this.#format);
    }
  }

  take(): Run[] | undefined {
    this.#endMention();
    return this.#line.take();
  }

  #break(): void {
    this.#endMention();
    this.#line.break();
  }

  #add(run: Run): void {
    this.#endMention();
    if (run.kind === "emoji" && run.text === "") return;
    if (this.#link && run.kind !== "picture") this.#link.isShown = true;
    this.#line.add(run);
  }

  #look(look: Look, by: 1 | -1): void {
    const before = this.#looks.get(look) ?? 0;
    const after = Math.max(0, before + by);
    this.#looks.set(look, after);
    if (before === 0 || after === 0) this.#setFormat();
  }

  #setFormat(): void {
    const on = (look: Look) => (this.#looks.get(look) ?? 0) > 0;
    const script = on("super") ? ("super" as const) : on("sub") ? ("sub" as const) : undefined;
    this.#format = {
      ...(on("bold") ? { bold: true as const } : {}),
      ...(on("italic") ? { italic: true as const } : {}),
      ...(on("underline") ? { underline: true as const } : {}),
      ...(on("strike") ? { strike: true as const } : {}),
      ...(on("code") ? { code: true as const } : {}),
      ...(script ? { script } : {}),
      ...(this.#link ? { href: this.#link.href } : {}),
    };
  }

  #openLink(href: string | undefined): void {
    this.#endLink();
    this.#link = href === undefined ? undefined : { href, isShown: false };
    this.#setFormat();
  }

  /** A link without a text shows its address. */
  #endLink(): void {
    this.#endMention();
    if (this.#link && !this.#link.isShown) this.#line.text(this.#link.href, this.#format);
    this.#link = undefined;
    this.#setFormat();
  }

  #openMention(id: string): void {
    this.#endMention();
    this.#mention = { id, text: "" };
  }

  #endMention(): void {
    const mention = this.#mention;
    this.#mention = undefined;
    if (!mention) return;
    const name = mention.text.replace(/\s+/g, " ").trim() || this.#mentioned(mention.id);
    if (name) this.#add({ kind: "mention", text: `@${name}` });
    if (/\s$/.test(mention.text)) this.#line.text(" ", this.#format);
  }
}

/** Of one that says neither, its name as of a custom one. */
function glyph({ alt, title, id, itemid }: Attributes): string {
  const name = /^[\w-]{1,60}$/.exec(id || itemid || "")?.[0];
  return alt || title || (name === undefined ? "" : `:${name}:`);
}
const emojiOf = (attributes: Attributes): Run => ({ kind: "emoji", text: glyph(attributes) });
