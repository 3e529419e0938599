import type { Instant } from "../platform/time.ts";

/** A chatMessage as Graph sent it, untouched: unknown keys, malformed times and all. Empty for an entry that was no object. */
export type RawMessage = Readonly<Record<string, unknown>>;

/** Messages by lastModifiedDateTime: `from` included, `to` excluded, so that windows which touch neither lose nor share a
 * message. (Graph's own bounds are both excluded: the source widens the lower one by a millisecond.) */
export interface ExportWindow {
  readonly from: Instant;
  readonly to: Instant;
}

/** One page of an export. Order means nothing, within a page and between pages. A page may be empty and not the last. A message
 * modified while the window is read may lie outside of it, come twice, or be missed: windows overlap for that reason. */
export interface ExportPage {
  readonly messages: readonly RawMessage[];
  /** Where the next page is; absent on the last. Holds ids of the tenant: keep it with the data, not in histories or logs. */
  readonly nextLink?: string;
}

export interface ExportOptions {
  /** Continues a window after a page that was stored; from an ExportPage of the same user and window. */
  readonly nextLink?: string;
  readonly signal?: AbortSignal;
}

/** Exports the messages of all chats that one user takes part in.
 * Every page is asked for when the consumer wants it, none ahead. Short waits (at most a minute) happen inside.
 * Errors, all AppError:
 * - `billing.payment_required` Graph answers 402: stop every export of the organization
 * - `graph.forbidden` the app lacks Chat.Read.All, `graph.consent_missing` it was given no role at all: stop the organization
 * - `graph.access_denied` this user alone is refused, `graph.unlicensed` for want of a licence
 * - `graph.user_not_found` the tenant has no such user or the user no mailbox
 * - `graph.next_link_refused` the given nextLink is stale or foreign: begin the window again
 * - `graph.page_loop` Graph repeats pages or goes on beyond all reason: split the window, or try again later
 * - `graph.throttled` with `options.notBefore`
 * - `graph.unavailable` a retry may help; the pages that came before stay good
 * - `graph.unauthorized`, `graph.refused` something that no retry mends
 * - `credentials.*` not connected, or Entra refuses the app
 * @see https://learn.microsoft.com/graph/api/chats-getallmessages */
export interface MessageSource {
  pages(
    organizationId: string,
    userGraphId: string,
    window: ExportWindow,
    options?: ExportOptions,
  ): AsyncGenerator<ExportPage>;
}
