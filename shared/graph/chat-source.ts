import type { ChatSource } from "../backup/chat-source.ts";
import { AppError, isAppError } from "../platform/errors.ts";
import { ofOneUser, PREFER } from "./message-source.ts";
import { pages } from "./pages.ts";
import type { TenantApis } from "./tenant-apis.ts";

/** `$expand=members` stops at EXPANDED_MEMBERS: those of larger chats are paged by themselves.
 * @see https://learn.microsoft.com/graph/api/chat-list */
export const createChatSource = (apis: TenantApis): ChatSource => ({
  async *chats(organizationId, userGraphId) {
    const { api, baseUrl } = await apis.of(organizationId);
    const first = `${baseUrl}/v1.0/users/${encodeURIComponent(userGraphId)}/chats?$top=50&$expand=members`;
    try {
      for await (const { items } of pages(api, first, { bucket: "chats", headers: PREFER, subject: userGraphId }))
        yield* items;
    } catch (error) {
      throw ofOne(error);
    }
  },
  async *members(organizationId, chatGraphId) {
    const { api, baseUrl } = await apis.of(organizationId);
    const first = `${baseUrl}/v1.0/chats/${encodeURIComponent(chatGraphId)}/members`;
    try {
      for await (const { items } of pages(api, first, { bucket: "teams", headers: PREFER, subject: chatGraphId }))
        yield* items;
    } catch (error) {
      throw ofOneChat(error);
    }
  },
});

function ofOneChat(error: unknown): unknown {
  if (isAppError(error, "graph.not_found")) {
    return new AppError("not_found", "graph.chat_not_found", "The tenant has no such chat", error.options);
  }
  return ofOne(error);
}

/** What the token holds is not what the organization lacks, whatever an answer about one chat, or one user's chats, names. The export,
 * which needs the same role, finds out about the organization. */
function ofOne(error: unknown): unknown {
  if (isAppError(error, "graph.forbidden") && error.options.context?.["role"] === "held")
    return new AppError(
      "forbidden",
      "graph.access_denied",
      "Microsoft Graph refuses access to this one",
      error.options,
    );
  return ofOneUser(error);
}
