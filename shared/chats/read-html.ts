import { Tokenizer } from "htmlparser2";

/** HTML knows no CDATA sections but in drawings and formulas: elsewhere one is a comment up to the first `>`. The tokenizer looks for
 * its end as XML would; it gets a comment of the same length instead, and texts are taken from what was given. Source: WHATWG HTML,
 * "Markup declaration open state". */
const CDATA = "<![CDATA[";
const COMMENT = "<!*CDATA[";

export type Attributes = Readonly<Record<string, string>>;

/** Tag and attribute names come in lower case. */
export interface HtmlHandler {
  open(tag: string, attributes: Attributes, selfClosing: boolean): void;
  close?(tag: string): void;
  /** A piece of text, entities decoded; a run of text may come in many pieces. */
  text?(text: string): void;
}

/** Reads HTML token by token, without a tree: time grows with the length alone, whatever is unclosed or nested. */
export function readHtml(html: string, handler: HtmlHandler): void {
  let tag = "";
  let name = "";
  let value = "";
  let attributes: Record<string, string> = {};
  const text = (piece: string) => handler.text?.(piece);
  const tokens = new Tokenizer(
    { decodeEntities: true },
    {
      onopentagname(start: number, end: number) {
        tag = html.slice(start, end).toLowerCase();
        attributes = Object.create(null) as Record<string, string>;
      },
      onattribname(start: number, end: number) {
        name = html.slice(start, end).toLowerCase();
        value = "";
      },
      onattribdata(start: number, end: number) {
        value += html.slice(start, end);
      },
      onattribentity(codepoint: number) {
        value += String.fromCodePoint(codepoint);
      },
      onattribend() {
        attributes[name] ??= value;
      },
      onopentagend: () => handler.open(tag, attributes, false),
      onselfclosingtag: () => handler.open(tag, attributes, true),
      onclosetag: (start: number, end: number) => handler.close?.(html.slice(start, end).toLowerCase()),
      ontext: (start: number, end: number) => text(html.slice(start, end)),
      ontextentity: (codepoint: number) => text(String.fromCodePoint(codepoint)),
      oncdata: () => undefined,
      oncomment: () => undefined,
      ondeclaration: () => undefined,
      onprocessinginstruction: () => undefined,
      onend: () => undefined,
    },
  );
  tokens.write(html.replaceAll(CDATA, COMMENT));
  tokens.end();
}
