import type { ChatBook } from "../tenant/chat-book.ts";
import { GraphError, notFound } from "./graph-error.ts";
import type { GraphDeps } from "./graph-call.ts";

/** The chat, where it exists at all. */
export function requireChat(deps: GraphDeps, chatId: string): ChatBook {
  const book = deps.tenant.bookOf(chatId);
  if (book === undefined) throw notFound("NotFound: The chat was not found.");
  return book;
}

/** Chat-scoped calls work only from the tenant that owns the chat; its text is exported all the same. */
export function requireOwnChat(deps: GraphDeps, chatId: string): ChatBook {
  const book = requireChat(deps, chatId);
  if (book.plan.tenantId === deps.tenant.directory.tenantId) return book;
  throw new GraphError(403, "Forbidden", "AclCheckFailed-Tenant Id mismatch: the chat belongs to another tenant.");
}

/** The newest state of a message, and its place. */
export function requireMessage(book: ChatBook, messageId: string): number {
  const index = book.indexOf(messageId);
  if (index < 0) throw notFound("NotFound: The message was not found.");
  return index;
}
