import type { ExportOptions, ExportPage, ExportWindow, MessageSource } from "../backup/message-source.ts";
import { AppError, isAppError } from "../platform/errors.ts";
import { iso } from "../platform/time.ts";
import { refusesOneThing } from "./graph-error.ts";
import { refused, sameHost } from "./next-link.ts";
import { pages } from "./pages.ts";
import type { TenantApis } from "./tenant-apis.ts";

/** Larger pages were seen to end in 504; the documented samples say less.
 * @see https://learn.microsoft.com/microsoftteams/export-teams-content */
const PAGE_SIZE = 250;
/** Without it, newer members of enumerations (system events above all) arrive as `unknownFutureValue`. Wanted on every page. */
export const PREFER = { prefer: "include-unknown-enum-members" };

export const createMessageSource = (apis: TenantApis): MessageSource => ({
  async *pages(organizationId, userGraphId, window, options = {}) {
    const { api, baseUrl, model } = await apis.of(organizationId);
    const { nextLink, signal } = options;
    if (nextLink !== undefined && !sameHost(nextLink, baseUrl)) throw refused();
    const first = nextLink ?? baseUrl + exportPath(userGraphId, window, model);
    try {
      for await (const { items, ...rest } of pages(api, first, { bucket: "export", headers: PREFER, signal })) {
        yield { messages: items, ...rest } satisfies ExportPage;
      }
    } catch (error) {
      throw exportError(error, options);
    }
  },
});

/** The filter takes `gt` and `lt` only, and wants both: `ge` and `le`, or one bound alone, are refused. Both exclude their bound, so
 * the lower one is a millisecond early. */
export function exportPath(userGraphId: string, { from, to }: ExportWindow, model?: "A" | "B"): string {
  const filter = `lastModifiedDateTime gt ${iso(from - 1)} and lastModifiedDateTime lt ${iso(to)}`;
  const query = `$top=${PAGE_SIZE}&$filter=${encodeURIComponent(filter)}${model ? `&model=${model}` : ""}`;
  return `/v1.0/users/${encodeURIComponent(userGraphId)}/chats/getAllMessages?${query}`;
}

export function exportError(error: unknown, { nextLink }: ExportOptions = {}): unknown {
  if (!isAppError(error)) return error;
  const status = error.options.context?.["status"];
  if (nextLink !== undefined && (status === 400 || status === 410)) return refused();
  return ofOneUser(error);
}

/** What a refusal means when one user's chats were asked for. */
export function ofOneUser(error: unknown): unknown {
  if (!isAppError(error)) return error;
  if (error.code === "graph.other_tenant" || refusesOneThing(error)) {
    const message = "Microsoft Graph refuses this user's chats";
    return new AppError("forbidden", "graph.access_denied", message, error.options);
  }
  if (error.code !== "graph.not_found") return error;
  const message = "The tenant has no such user, or the user no mailbox";
  return new AppError("not_found", "graph.user_not_found", message, error.options);
}
