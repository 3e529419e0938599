import { unless } from "../platform/errors.ts";
import { samplesOf } from "./plan-windows.ts";
import type { ReadWindowDeps } from "./read-window.ts";
import type { RawMessage } from "./message-source.ts";
import type { WindowRow } from "../archive/archive-store.ts";

/** Whether a window of such pages proves to be far too much for those that would go on with it, by short samples of it. What these
 * bring is told page by page, of those before a failure too. A sample whose link leads nowhere says nothing. */
export async function isTooDense(
  { pages, isOver }: Pick<ReadWindowDeps, "pages" | "isOver">,
  window: WindowRow,
  pageRows: number,
  { tell, signal }: { readonly tell: (messages: readonly RawMessage[]) => Promise<void>; readonly signal: AbortSignal },
): Promise<boolean> {
  const hasMore = async (sample: WindowRow): Promise<boolean> => {
    for await (const { messages, nextLink } of pages(sample, { signal })) {
      await tell(messages);
      return messages.length > 0 && nextLink !== undefined;
    }
    return false;
  };
  for (const sample of samplesOf(window, pageRows)) {
    if (isOver()) return false;
    const known = await hasMore({ ...window, ...sample }).catch(unless("graph.next_link_refused", "graph.page_loop"));
    if (known === true) return true;
  }
  return false;
}
