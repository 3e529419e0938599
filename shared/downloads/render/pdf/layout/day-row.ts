import { TEXT_WIDTH } from "../file/document-writer.ts";
import { setParagraph } from "../type/paragraph.ts";
import type { TextLine } from "../type/text-line.ts";
import type { Shaper } from "../type/shaper.ts";
import { text } from "./inlines.ts";
import { gap, type Row } from "./row.ts";
import { DAY, PALE } from "./styles.ts";

/** The heading of a day, `2026-03-29`, which the outline leads to. */
export function dayRows(shaper: Shaper, day: string): Row[] {
  const name = nameOfDay(day, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const [line] = setParagraph(shaper, text(name, DAY), TEXT_WIDTH, "center");
  if (!line) return [];
  return [gap(10), { ...dayRow(line), outline: [nameOfDay(day, { month: "long", year: "numeric" }), name] }];
}

const dayRow = (line: TextLine): Row => ({
  height: 20,
  keep: true,
  paint(page, x, top) {
    const side = (TEXT_WIDTH - line.width) / 2 - 8;
    page.rectangle(x, top - 10, side, 0.5, PALE);
    page.rectangle(x + TEXT_WIDTH - side, top - 10, side, 0.5, PALE);
    page.text(line, x, top - 13);
  },
});

const nameOfDay = (day: string, options: Intl.DateTimeFormatOptions): string =>
  new Date(`${day}T00:00:00Z`).toLocaleDateString("en-GB", { ...options, timeZone: "UTC" });
