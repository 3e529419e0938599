import { createHash } from "node:crypto";
import { isRecord } from "../chats/message.ts";
import { AppError } from "../platform/errors.ts";
import type { GetOptions, GraphApi, Json } from "./graph-api.ts";
import { nextLinkOf } from "./next-link.ts";

export interface Page {
  readonly items: readonly Json[];
  readonly nextLink?: string;
}

/** Holds some 100 bytes per page; 10,000 pages of 250 are 2.5 million items. */
const PAGE_BUDGET = 10_000;

/** Follows nextLinks until there is none, asking for each page when it is wanted. A page may be empty and not the last. Graph has been
 * seen to lead in circles, by a link that was followed before or by new links to the same page: then, and beyond the page
 * budget, it throws `graph.page_loop`. An answer without a list is `graph.unavailable`: it must not pass for an empty page. An entry
 * that is no object comes as an empty one, which has no id: one alone must not keep the others from being read. */
export async function* pages(
  api: GraphApi,
  first: string,
  options: GetOptions,
  budget = PAGE_BUDGET,
): AsyncGenerator<Page> {
  const seen = new Set<string>();
  for (let address = first, count = 0; ; count++) {
    if (count >= budget) throw loop("The list does not end");
    seen.add(digest([address]));
    const answer = await api.json(address, options);
    const items = itemsOf(answer);
    const content = digest(["page", ...items.flatMap((item) => [item["chatId"], item["id"], item["etag"]])]);
    if (items.length > 0 && seen.has(content)) throw loop("A page came twice");
    seen.add(content);
    const nextLink = nextLinkOf(answer, first);
    if (nextLink === undefined) {
      yield { items };
      return;
    }
    if (seen.has(digest([nextLink]))) throw loop("A next link came twice");
    yield { items, nextLink };
    address = nextLink;
  }
}

function itemsOf(answer: Json): readonly Json[] {
  const value = answer["value"];
  if (Array.isArray(value)) return value.map((item: unknown) => (isRecord(item) ? item : {}));
  throw new AppError("unavailable", "graph.unavailable", "Microsoft Graph answered without a list");
}

const loop = (message: string): AppError => new AppError("unavailable", "graph.page_loop", message);

function digest(parts: readonly unknown[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${String(part).length}:${String(part)}`);
  return hash.digest("base64url").slice(0, 22);
}
