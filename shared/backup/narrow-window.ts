import type { ArchiveOf, ArchiveStore, WindowRow } from "../archive/archive-store.ts";
import { isAppError } from "../platform/errors.ts";
import { canCut } from "./left-of-window.ts";
import { halvesOf, samplesOf } from "./plan-windows.ts";
import type { ExportPage, RawMessage } from "./message-source.ts";
import type { Reading, ReadWindowDeps } from "./read-window.ts";
import { counted, joined, withCounts } from "./window-parts.ts";

/** A few minutes of a run, with its waits between tries. */
const MOST_FRUITLESS = 3;
/** Longer pieces are few, however long a history is. Of shorter ones that Graph does not give an account has so many of each length at
 * most. */
const DAY_MS = 86_400_000;
const MOST_SHORTER = 32;

type Reader = Pick<ReadWindowDeps, "pages" | "take">;

/** What was read of a window, with the tries in a row told that brought it no further because Graph broke off: a server's error, a
 * time-out, an answer that is too large or ends early. After three of them it is left in halves, which may be what Graph can give,
 * if a short stretch of it is answered right then. Where Graph is down for all of it nothing is cut, and its next try waits. */
export async function narrowed(
  reader: Reader,
  archive: Pick<ArchiveStore, "windows">,
  of: ArchiveOf,
  row: WindowRow,
  read: Reading,
): Promise<Reading> {
  const { windows, pages, failure } = read;
  const whole = joined(row, windows);
  const isOn = whole.nextLink !== undefined && whole.nextLink !== row.nextLink;
  const isDone = windows.some(({ state }) => state === "done");
  if (isDone || isOn || failure === undefined) return { ...read, windows: windows.map(further) };
  // Of another failure nothing is known of Graph.
  if (!isAppError(failure, "graph.unavailable")) return read;
  const tried = { ...whole, fruitless: (row.fruitless ?? 0) + 1 };
  const isWorthwhile = tried.fruitless >= MOST_FRUITLESS && canCut(row) && !(await isCrumbled(archive, of, row));
  const answered = isWorthwhile ? await withSample(reader, tried) : undefined;
  if (!answered) return { windows: [tried], pages, failure };
  return { windows: withCounts(answered, halvesOf(row)), pages };
}

function further({ fruitless: _, ...row }: WindowRow): WindowRow {
  return row;
}

/** Those that are shorter come first: what can be had of them leaves room for others, in this run or the next. */
async function isCrumbled(archive: Pick<ArchiveStore, "windows">, of: ArchiveOf, { from, to }: WindowRow) {
  if (to - from > DAY_MS) return false;
  let shorter = 0;
  for await (const one of archive.windows(of))
    if (one.state === "pending" && one.fruitless !== undefined && one.to - one.from < to - from) shorter += 1;
  return shorter >= MOST_SHORTER;
}

/** A window with what the first page of a short stretch of it brings, of another one at each try; undefined without an answer. */
async function withSample(
  { pages, take }: Reader,
  row: WindowRow & { fruitless: number },
): Promise<WindowRow | undefined> {
  const samples = samplesOf(row, 1);
  const sample = samples[row.fruitless % samples.length];
  if (!sample) return undefined;
  const messages = await firstPage(pages({ ...further(row), ...sample }, {}));
  return messages && counted(row, messages.length, await take(messages));
}

async function firstPage(pages: AsyncIterable<ExportPage>): Promise<readonly RawMessage[] | undefined> {
  try {
    for await (const { messages } of pages) return messages;
  } catch (error) {
    if (!isAppError(error)) throw error;
  }
  return undefined;
}
