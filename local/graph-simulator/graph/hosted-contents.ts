import { hostedBytes } from "../content/hosted-content.ts";
import type { ChatBook } from "../tenant/chat-book.ts";
import type { Tenant } from "../tenant/tenant.ts";
import { requireMessage, requireOwnChat } from "./chat-access.ts";
import { GraphError, notFound } from "./graph-error.ts";
import { cutOf, type GraphCall, type GraphDeps, sendJson } from "./graph-call.ts";

/** Ids of the hosted contents that a message's text, cards and reactions point to, each once, in order. */
export function hostedIdsIn(messageJson: string): string[] {
  const found = messageJson.matchAll(/\/hostedContents\/([^/"\\]+)\/\$value/g);
  return [...new Set(Array.from(found, (match) => decodeURIComponent(match[1] as string)))];
}

/** A deleted message has lost its references but the objects remain readable for a while: all versions count. */
function knownIds(tenant: Tenant, book: ChatBook, index: number): string[] {
  const versions = Array.from({ length: book.versions(index) }, (_, v) => tenant.json(book.no, index, v));
  return [...new Set(versions.flatMap(hostedIdsIn))];
}

const metadata = (id: string): object => ({ id, contentBytes: null, contentType: null });

function find(deps: GraphDeps, call: GraphCall): { chatId: string; messageId: string; ids: string[] } {
  const chatId = call.params["chat"] as string;
  const messageId = call.params["message"] as string;
  const user = call.params["user"];
  if (
    user !== undefined &&
    !deps.tenant.booksOf(deps.tenant.accountOf(user)?.id ?? "").some((b) => b.plan.id === chatId)
  )
    throw notFound();
  const book = requireOwnChat(deps, chatId);
  return { chatId, messageId, ids: knownIds(deps.tenant, book, requireMessage(book, messageId)) };
}

/** `GET …/messages/{id}/hostedContents`. */
export function listHostedContents(deps: GraphDeps, call: GraphCall): void {
  const { chatId, messageId, ids } = find(deps, call);
  const path = `chats('${encodeURIComponent(chatId)}')/messages('${messageId}')/hostedContents`;
  sendJson(call, 200, {
    "@odata.context": `${deps.graphUrl()}/v1.0/$metadata#${path}`,
    "@odata.count": ids.length,
    value: ids.map(metadata),
  });
}

/** `GET …/hostedContents/{id}`: the type is told by `$value` only. */
export function getHostedContent(deps: GraphDeps, call: GraphCall): void {
  const id = call.params["hosted"] as string;
  if (!find(deps, call).ids.includes(id)) throw notFound();
  sendJson(call, 200, metadata(id));
}

/** `GET …/hostedContents/{id}/$value`. */
export function getHostedValue(deps: GraphDeps, call: GraphCall): void {
  const id = call.params["hosted"] as string;
  if (!find(deps, call).ids.includes(id)) throw notFound();
  const content = hostedBytes(id);
  if (content === null) throw notFound();
  if (content === "denied") throw new GraphError(403, "Forbidden", "Forbidden");
  const { response } = call;
  response.writeHead(200, { "Content-Type": content.contentType, "Content-Length": content.bytes.length });
  const cut = cutOf(call);
  if (cut === undefined) response.end(content.bytes);
  else response.write(content.bytes.subarray(0, content.bytes.length >> 1), () => response.destroy());
}
