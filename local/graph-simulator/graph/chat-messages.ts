import type { ChatBook } from "../tenant/chat-book.ts";
import { requireMessage, requireOwnChat } from "./chat-access.ts";
import { withoutUnknownMembers } from "./export.ts";
import { badRequest } from "./graph-error.ts";
import { cutOf, type GraphCall, type GraphDeps, prefers, sendJson, streamCollection } from "./graph-call.ts";
import { onlyOptions, topOf } from "./query-options.ts";

const defaultPage = 20;
const largestPage = 50;

type Property = "lastModifiedDateTime" | "createdDateTime";

/**
 * `GET /chats/{id}/messages` (Microsoft Learn: "List messages in a chat"): newest first, 50 a page at most, immediate.
 * `$filter` counts only where `$orderby` names the same property, and is ignored in silence otherwise.
 */
export async function listMessages(deps: GraphDeps, call: GraphCall): Promise<void> {
  onlyOptions(call, ["$top", "$orderby", "$filter", "$skiptoken"]);
  const chatId = call.params["chat"] as string;
  const book = requireOwnChat(deps, chatId);
  const top = topOf(call) ?? defaultPage;
  if (top > largestPage)
    throw badRequest(
      `The limit of '50' for Top query has been exceeded. The value from the incoming request is '${top}'.`,
    );
  const order = orderOf(call.query.get("$orderby"));
  const passes = filterOf(call.query.get("$filter"), call.query.has("$orderby") ? order : undefined);
  const timeOf = (index: number, property: Property): number =>
    property === "lastModifiedDateTime" ? book.modifiedAt(index, book.versions(index) - 1) : createdOf(book, index);
  const sorted = Array.from({ length: book.length() }, (_, n) => n)
    .filter((n) => passes(timeOf(n, order)))
    .sort((a, b) => timeOf(b, order) - timeOf(a, order));
  const token = call.query.get("$skiptoken");
  const scope = `${chatId}|${order}|${call.query.get("$filter") ?? ""}`;
  const offset = token === undefined ? 0 : (deps.skip.read(scope, token) as { offset: number }).offset;
  const end = offset + top;
  const items = sorted.slice(offset, end).map((n) => shown(deps, call, book, n));
  await streamCollection(
    call,
    envelope(deps, call, items.length, end < sorted.length ? deps.skip.write(scope, { offset: end }) : undefined),
    items,
    cutOf(call),
  );
}

function envelope(deps: GraphDeps, call: GraphCall, count: number, token: string | undefined): Record<string, unknown> {
  const path = `chats('${encodeURIComponent(call.params["chat"] as string)}')/messages`;
  const options = ["$top", "$orderby", "$filter"].flatMap((name) => {
    const value = call.query.get(name);
    return value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`];
  });
  const next =
    token &&
    `${deps.graphUrl()}/${call.version}/${path}?${[...options, `$skiptoken=${encodeURIComponent(token)}`].join("&")}`;
  return {
    "@odata.context": `${deps.graphUrl()}/v1.0/$metadata#${path}`,
    "@odata.count": count,
    ...(next ? { "@odata.nextLink": next } : {}),
  };
}

const createdOf = (book: ChatBook, index: number): number => Number(book.message(index, 0).id);

function orderOf(text: string | undefined): Property {
  if (text === undefined || /^lastModifiedDateTime desc$/i.test(text)) return "lastModifiedDateTime";
  if (/^createdDateTime desc$/i.test(text)) return "createdDateTime";
  throw badRequest("QueryOptions to order by this property or direction are not supported; only descending order is.");
}

/** gt and lt on the last change, lt alone on creation. */
function filterOf(text: string | undefined, order: Property | undefined): (ms: number) => boolean {
  if (text === undefined || order === undefined) return () => true;
  const tests = text.split(/ and /i).map((clause) => {
    const found = /^(lastModifiedDateTime|createdDateTime) (gt|lt) (\S+)$/.exec(clause.trim());
    const ms = Date.parse(found?.[3] ?? "");
    if (found === null || Number.isNaN(ms) || (found[1] === "createdDateTime" && found[2] === "gt"))
      throw badRequest("Invalid $filter query");
    return { property: found[1], passes: (at: number): boolean => (found[2] === "gt" ? at > ms : at < ms) };
  });
  if (tests.some((t) => t.property !== order)) return () => true;
  return (ms) => tests.every((t) => t.passes(ms));
}

function shown(deps: GraphDeps, call: GraphCall, book: ChatBook, index: number): string {
  const json = deps.tenant.json(book.no, index, book.versions(index) - 1);
  return prefers(call, "include-unknown-enum-members") ? json : withoutUnknownMembers(json);
}

/** `GET /chats/{id}/messages/{id}`: immediate, without the lag of export. */
export function getMessage(deps: GraphDeps, call: GraphCall): void {
  const book = requireOwnChat(deps, call.params["chat"] as string);
  const index = requireMessage(book, call.params["message"] as string);
  sendJson(call, 200, JSON.parse(shown(deps, call, book, index)) as object);
}
