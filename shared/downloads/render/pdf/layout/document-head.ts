import { type PageHead, TEXT_WIDTH } from "../file/document-writer.ts";
import { graphemesOf } from "../type/break-text.ts";
import { setParagraph } from "../type/paragraph.ts";
import type { TextLine, TextStyle } from "../type/text-line.ts";
import type { Shaper } from "../type/shaper.ts";
import { text } from "./inlines.ts";
import { gap, type Row, textRow } from "./row.ts";
import { SMALL, TITLE } from "./styles.ts";

export interface Titled {
  readonly title: string;
  /** What tells it from other documents whose title is the same: ` (2) 3`. */
  readonly mark: string;
  /** IANA name. */
  readonly timeZone: string;
  readonly shaper: Shaper;
}

/** Points between the number of a page and what the conversation is called. */
const HEAD_GAP = 90;
const MOST_IN_HEAD = 150;

/** What a document begins with. */
export function titleRows({ shaper, title, mark, timeZone }: Titled): Row[] {
  return [
    ...lines({ shaper }, `${title}${mark}`, TITLE),
    ...lines({ shaper }, `Messages of a chat in Microsoft Teams. Times are those of ${timeZone}.`, SMALL),
    gap(6),
  ];
}

/** A sentence of the document itself. */
export const lines = ({ shaper }: Pick<Titled, "shaper">, said: string, style: TextStyle): Row[] =>
  setParagraph(shaper, text(said, style), TEXT_WIDTH).map((line) => textRow(line, style.size));

export function pageHead({ shaper, title, mark }: Titled): PageHead {
  const set = (said: string): TextLine => {
    const [line] = setParagraph(shaper, text(said, SMALL), TEXT_WIDTH);
    return line ? { ...line, indent: 0 } : { placed: [], indent: 0, width: 0 };
  };
  const room = TEXT_WIDTH - HEAD_GAP;
  let shown = graphemesOf(title.replace(/\s+/g, " ")).slice(0, MOST_IN_HEAD);
  const whole = () => set(`${shown.join("")}${mark}`);
  while (whole().width > room) shown = [...shown.slice(0, -5), "…"];
  return {
    title: whole(),
    page: (number) => set(`Page ${number}`),
    total: (pages) => set(` of ${pages}`),
  };
}
