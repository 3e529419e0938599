import { LONGEST_LINK, type WindowRow } from "../archive/archive-store.ts";
import { isAppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import type { ExportOptions, ExportPage, RawMessage } from "./message-source.ts";
import { cutWindow, piecesOf } from "./plan-windows.ts";
import { isTooDense } from "./sample-window.ts";
import { counted, withCounts, withoutLink } from "./window-parts.ts";

export interface PageCounts {
  readonly added: number;
  readonly unchanged: number;
  readonly malformed: number;
}

export interface ReadWindowDeps {
  readonly pages: (window: WindowRow, options: ExportOptions) => AsyncGenerator<ExportPage>;
  /** Takes the messages of one page in. */
  readonly take: (messages: readonly RawMessage[]) => Promise<PageCounts>;
  readonly now: () => Instant;
  /** Whether to stop before the next page. */
  readonly isOver: () => boolean;
}

export interface Reading {
  /** Without gap or overlap all of the window: what was read to its end `done`, the rest `pending`. Their counts together are
   * those of every page that came. */
  readonly windows: readonly WindowRow[];
  /** How many came that were not the last. */
  readonly pages: number;
  /** Why it was not read to the end, unless it was `isOver`. */
  readonly failure?: Error;
}

const READERS = 4;
/** A stretch is cut for more readers while so few pages of it would be read again, and of the whole window no more than these and
 * a share of what was read: Graph's order means nothing, so what a page covers is not known, and every message that is handed out
 * may have to be paid. */
const MOST_WASTED_PAGES = 3;
const FREE_PAGES = 2;
const MOST_WASTED_SHARE = 0.1;
/** Shorter stretches are read page after page: they hold too little to be worth a page. */
const SHORTEST_MS = 7 * 86_400_000;
/** A stretch of which so many rows were read is looked at all over, once, so that it can still be left to many others before much of
 * it was read for nothing. */
const LOOK_AFTER_ROWS = 2_000;

/** Reads a window, and one of many pages with several readers, each in a stretch of its own: Graph takes its time for a page and
 * gives them one after another. A stretch is cut among idle readers as soon as it proves to have more than a page, and left in pieces when a part of it is
 * so full that the whole would be far too much. Throws what `take` throws, whatever was read by then: what it held, of finished
 * stretches too, went with it. */
export async function readWindow(deps: ReadWindowDeps, window: WindowRow): Promise<Reading> {
  const windows: WindowRow[] = [];
  const stopped = new AbortController();
  let failure: Error | undefined;
  let lost: { readonly error: unknown } | undefined;
  let [reading, pages, wasted] = [0, 0, 0];

  const take = async (messages: readonly RawMessage[]): Promise<PageCounts> => {
    try {
      return await deps.take(messages);
    } catch (error) {
      lost ??= { error };
      throw error;
    }
  };

  async function read(start: WindowRow): Promise<void> {
    reading += 1;
    const { ended, parts } = await readOrCut(start);
    reading -= 1;
    if (ended) windows.push(ended);
    await Promise.all(parts.map(read));
  }

  async function readOrCut(start: WindowRow): Promise<{ ended?: WindowRow; parts: readonly WindowRow[] }> {
    let row = start;
    let count = start.nextLink === undefined ? 0 : MOST_WASTED_PAGES;
    let largest = 0;
    let isLookedAt = start.nextLink !== undefined || piecesOf(start).length < 2;
    const tell = async (messages: readonly RawMessage[]): Promise<void> => {
      const page = await take(messages);
      row = counted(row, messages.length, page);
    };
    try {
      for await (const { messages, nextLink } of deps.pages(start, linked(start, stopped.signal))) {
        await tell(messages);
        row = { ...withoutLink(row), ...place(row, nextLink) };
        if (nextLink === undefined) break;
        count += 1;
        pages += 1;
        if (deps.isOver() || stopped.signal.aborted) return { ended: row, parts: [] };
        const isDear = count > MOST_WASTED_PAGES || wasted + count > FREE_PAGES + pages * MOST_WASTED_SHARE;
        const parts = isDear ? [] : cutWindow(row, READERS - reading + 1, SHORTEST_MS);
        if (parts.length > 1) {
          wasted += count;
          return { parts: withCounts(row, parts) };
        }
        largest = Math.max(largest, messages.length);
        if (isLookedAt || row.seen - start.seen < LOOK_AFTER_ROWS) continue;
        isLookedAt = true;
        if (!(await isTooDense(deps, row, largest, { tell, signal: stopped.signal }))) continue;
        windows.push(...withCounts(row, piecesOf(row)));
        return { parts: [] };
      }
      const read = count > 0 ? { readAt: deps.now() } : {};
      return { ended: { ...withoutLink(row), ...read, state: "done" }, parts: [] };
    } catch (error) {
      // No place to come back to: the stretch begins again; what it brought is known and adds nothing.
      const isRefused = isAppError(error, "graph.next_link_refused");
      if (isRefused || isAppError(error, "graph.page_loop")) row = withoutLink(row);
      // A kept place may be too old, and is no failure.
      if (!isRefused || start.nextLink === undefined)
        failure ??= error instanceof Error ? error : new Error(String(error));
      stopped.abort();
      return { ended: row, parts: [] };
    }
  }

  /** Where a stretch goes on; nowhere by a link that its row does not hold: it is followed now or never. */
  const place = ({ begunAt = deps.now() }: WindowRow, nextLink: string | undefined) =>
    nextLink === undefined || nextLink.length > LONGEST_LINK ? {} : { nextLink, begunAt };

  await read(window);
  if (lost) throw lost.error;
  windows.sort((a, b) => a.from - b.from);
  return failure === undefined ? { windows, pages } : { windows, pages, failure };
}

const linked = ({ nextLink }: WindowRow, signal: AbortSignal): ExportOptions =>
  nextLink === undefined ? { signal } : { nextLink, signal };
