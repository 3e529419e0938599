import { unless } from "../platform/errors.ts";
import { samplesOf } from "./plan-windows.ts";
import type { ReadWindowDeps } from "./read-window.ts";
import type { RawMessage } from "./message-source.ts";
import type { WindowRow } from "../archive/archive-store.ts";

/** Of the rows of a window with `MOST_OF_WINDOW`: people write in bursts, so that one full sample says little. */
const DENSE_SHARE = 0.5;

/** Whether a window of such pages proves to be too much for those that would go on with it, by what short samples of it have together.
 * What these bring is told page by page, of those before a failure too. A sample whose link leads nowhere has no more. */
export async function isTooDense(
  { pages, isOver }: Pick<ReadWindowDeps, "pages" | "isOver">,
  window: WindowRow,
  pageRows: number,
  { tell, signal }: { readonly tell: (messages: readonly RawMessage[]) => Promise<void>; readonly signal: AbortSignal },
): Promise<boolean> {
  const samples = samplesOf(window, pageRows);
  const most = samples.length * pageRows * DENSE_SHARE;
  let rows = 0;
  const read = async (sample: WindowRow): Promise<void> => {
    for await (const { messages } of pages(sample, { signal })) {
      await tell(messages);
      rows += messages.length;
      if (rows > most || messages.length === 0 || isOver()) return;
    }
  };
  for (const sample of samples) {
    if (isOver()) return false;
    await read({ ...window, ...sample }).catch(unless("graph.next_link_refused", "graph.page_loop"));
    if (rows > most) return true;
  }
  return false;
}
