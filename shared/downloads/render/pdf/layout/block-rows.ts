import type { Block } from "../../../../chats/body.ts";
import { setParagraph } from "../type/paragraph.ts";
import type { Inline, TextStyle } from "../type/text-line.ts";
import { inlinesOf, isLinked, noticeInlines, text } from "./inlines.ts";
import { pictureRows, placeOf } from "./picture-rows.ts";
import { type Frame, framed, gap, isLeftward, marked, type Row, textRow } from "./row.ts";
import type { Setting } from "./setting.ts";
import { ACCENT, CODE, HEADINGS, LINK, NOTICE, PALE, QUOTED, SHADE, SMALL } from "./styles.ts";
import { tableRows } from "./table-rows.ts";

/** Points between blocks. */
const BETWEEN = 3;
/** Points between a list's mark and its text: so near that readers take them for one line. */
const MARK_GAP = 4;
/** The mark that lets what follows run to the left. */
const RIGHT_TO_LEFT = "\u200f";
/** What is nested deeper takes no more room at the left. */
const NARROWEST = 12;

/** Sets blocks in rows of a width. */
export function blockRows(blocks: readonly Block[], width: number, style: TextStyle, setting: Setting): Row[] {
  const rows: Row[] = [];
  for (const block of blocks) {
    const own = rowsOf(block, Math.max(width, NARROWEST), style, setting);
    if (own.length === 0) continue;
    if (rows.length > 0) rows.push(gap(BETWEEN));
    for (const row of own) rows.push(row);
  }
  return rows;
}

function rowsOf(block: Block, width: number, style: TextStyle, setting: Setting): Row[] {
  switch (block.kind) {
    case "paragraph":
      return paragraphRows(block, width, headingStyle(block.heading, style), setting);
    case "code":
      return framed(textRows(block.text, width - 2 * INSET, CODE, setting), codeBox(width));
    case "quote":
      return quoted(blockRows(block.blocks, width - BAR_INDENT, QUOTED, setting), width, { color: PALE, padding: 1 });
    case "original": {
      const heading = textRows(block.heading, width - BAR_INDENT, { ...SMALL, bold: true }, setting);
      const inner = blockRows(block.blocks, width - BAR_INDENT, QUOTED, setting);
      return quoted([...heading, ...inner], width, { color: ACCENT, padding: 2 });
    }
    case "card":
      return framed(blockRows(block.blocks, width - 2 * INSET, style, setting), cardBox(width));
    case "list":
      return listRows(block, width, style, setting);
    case "table":
      return tableRows(block, { width, style, setting }, (blocks, room, look) =>
        blockRows(blocks, room, look, setting),
      );
    case "rule":
      return [{ height: 7, paint: (page, x, top) => page.rectangle(x, top - 4, width, 0.5, PALE) }];
    case "attachment":
      return attachmentRows(block, width, style, setting);
    case "notice":
      return inlineRows(noticeInlines(block, NOTICE), width, NOTICE, setting);
  }
}

const headingStyle = (heading: number | undefined, style: TextStyle): TextStyle =>
  heading === undefined ? style : (HEADINGS[heading - 1] ?? style);

const textRows = (content: string, width: number, style: TextStyle, setting: Setting): Row[] =>
  inlineRows(text(content, style), width, style, setting);

const inlineRows = (inlines: readonly Inline[], width: number, style: TextStyle, { shaper }: Setting): Row[] =>
  setParagraph(shaper, inlines, width).map((line) => textRow(line, style.size));

/** Pictures stand between the lines. */
function paragraphRows(
  { runs, rightToLeft }: Extract<Block, { kind: "paragraph" }>,
  width: number,
  style: TextStyle,
  setting: Setting,
): Row[] {
  const alignment = rightToLeft ? "leftward" : "start";
  const rows: Row[] = [];
  let from = 0;
  for (let at = 0; at <= runs.length; at++) {
    const run = runs[at];
    if (run && run.kind !== "picture") continue;
    const inlines = inlinesOf(runs.slice(from, at), style, setting);
    const isBlank = at > from && inlines.every((inline) => inline.kind === "text" && inline.text.trim() === "");
    if (inlines.length > 0 && !(isBlank && runs.length > at - from)) {
      for (const line of setParagraph(setting.shaper, inlines, width, alignment)) rows.push(textRow(line, style.size));
    }
    for (const row of run ? pictureRows(run, width, setting) : []) rows.push(row);
    from = at + 1;
  }
  return rows.length > 0 ? rows : [gap(style.size)];
}

const BAR_INDENT = 10;
const INSET = 7;

/** Rows with a bar where their text begins. */
function quoted(rows: readonly Row[], width: number, { color, padding }: { color: string; padding: number }): Row[] {
  const leftward = isLeftward(rows);
  const at = leftward ? width - 3 : 1;
  return framed(rows, {
    indent: leftward ? 0 : BAR_INDENT,
    padding,
    paint: (page, x, top, height) => page.rectangle(x + at, top - height, 2, height, color),
  });
}

const codeBox = (width: number): Frame => ({
  indent: INSET,
  padding: 3,
  paint: (page, x, top, height) => page.rectangle(x, top - height, width, height + 0.2, SHADE),
});

const cardBox = (width: number): Frame => ({
  indent: INSET,
  padding: 4,
  paint(page, x, top, height, { first, last }) {
    page.rectangle(x, top - height, 0.6, height, PALE);
    page.rectangle(x + width - 0.6, top - height, 0.6, height, PALE);
    if (first) page.rectangle(x, top - 0.6, width, 0.6, PALE);
    if (last) page.rectangle(x, top - height, width, 0.6, PALE);
  },
});

function listRows(
  { items, ordered, start }: Extract<Block, { kind: "list" }>,
  width: number,
  style: TextStyle,
  setting: Setting,
): Row[] {
  const marks = items.map((_, at) => (ordered ? `${start + at}.` : "•"));
  const set = (mark: string) => setParagraph(setting.shaper, text(mark, style), width)[0];
  const widest = marks.reduce((most, mark) => Math.max(most, set(mark)?.width ?? 0), 0);
  const indent = Math.max(widest + MARK_GAP, 14);
  return items.flatMap((blocks, at) => {
    const rows = blockRows(blocks, width - indent, style, setting);
    const leftward = rows[0]?.leftward ?? false;
    const line = set(`${leftward ? RIGHT_TO_LEFT : ""}${marks[at]}`);
    if (!line) return rows;
    const place = leftward ? width - indent + MARK_GAP : indent - MARK_GAP - line.width;
    return marked(rows, leftward ? 0 : indent, textRow({ ...line, indent: place }, style.size));
  });
}

function attachmentRows(
  { label, href, content }: Extract<Block, { kind: "attachment" }>,
  width: number,
  style: TextStyle,
  setting: Setting,
): Row[] {
  if (content !== undefined && setting.picture(content)) {
    return pictureRows({ alt: label, content }, width, setting);
  }
  const linked = href !== undefined && isLinked(href) ? { ...style, href, color: LINK } : style;
  const place = placeOf(content, setting);
  const inlines = [...text(`📎 ${label}`, linked), ...(place === "" ? [] : text(` · ${place}`, SMALL))];
  return inlineRows(inlines, width, style, setting);
}
