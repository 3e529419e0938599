import { AppError } from "../platform/errors.ts";
import type { Json } from "./graph-api.ts";

/** The link to the next page, to the letter; absent or null on the last page. Throws `graph.next_link_refused` for one that
 * leads elsewhere or names no user, as broken ones have been seen to. */
export function nextLinkOf(answer: Json, first: string): string | undefined {
  const link = answer["@odata.nextLink"];
  if (link === undefined || link === null) return undefined;
  if (typeof link !== "string" || !sameHost(link, first)) throw refused();
  if (/users(\/\/|\(''\)|\(%27%27\))/i.test(link)) throw refused();
  return link;
}

/** Graph spells paths in its links in its own way: hosts are compared, never prefixes. */
export function sameHost(link: string, other: string): boolean {
  return URL.canParse(link) && URL.canParse(other) && new URL(link).origin === new URL(other).origin;
}

export const refused = (): AppError =>
  new AppError("unavailable", "graph.next_link_refused", "The link to the next page cannot be used");
