import type { DocumentSink, Renderer } from "../renderer.ts";
import { localClock } from "../local-clock.ts";
import { CSV_COLUMNS, csvRow, messageCells } from "./csv-row.ts";

/** Spreadsheets end at 1,048,576 rows; half of that they still open with ease. */
const MOST_ROWS = 500_000;
const BOM = "\ufeff";
const HEAD = Buffer.concat([Buffer.from(BOM), csvRow(CSV_COLUMNS)]);

/** `messages.csv`, then `messages-2.csv` …: one row per message, UTF-8 with BOM, each file with the heading. */
export function csvRenderer(timeZone: string, mostRows = MOST_ROWS): Renderer {
  const localTime = localClock(timeZone);
  let documents = 0;
  let rows = 0;
  const begin = async (sink: DocumentSink) => {
    documents += 1;
    rows = 0;
    sink.begin(documents === 1 ? "messages.csv" : `messages-${documents}.csv`, "messages");
    await sink.write(HEAD);
  };
  return {
    async add(item, sink) {
      const row = csvRow(messageCells(item, localTime));
      if (documents === 0 || rows === mostRows || !(rows === 0 || sink.fits(row.length, item))) await begin(sink);
      rows += 1;
      await sink.write(row, item);
    },
    async end(sink) {
      if (documents === 0) await begin(sink);
    },
  };
}
