import type { ChatBook } from "../tenant/chat-book.ts";
import type { ChatMember } from "../tenant/chats.ts";
import { guidFrom } from "../tenant/random.ts";
import { requireChat, requireOwnChat } from "./chat-access.ts";
import { requireMailbox } from "./export.ts";
import { badRequest } from "./graph-error.ts";
import { cutOf, type GraphCall, type GraphDeps, sendJson, streamCollection } from "./graph-call.ts";
import { onlyOptions, topOf } from "./query-options.ts";

const largestPage = 50;
const expandedMembers = 25;

const memberTypes: Record<string, string> = {
  anonymousGuest: "anonymousGuestConversationMember",
  skypeUser: "skypeUserConversationMember",
  personalMicrosoftAccountUser: "microsoftAccountUserConversationMember",
  azureCommunicationServicesUser: "azureCommunicationServicesUserConversationMember",
};

function memberJson(book: ChatBook, { person, roles, visibleHistoryStartMs }: ChatMember): object {
  return {
    "@odata.type": `#microsoft.graph.${memberTypes[person.identityType] ?? "aadUserConversationMember"}`,
    id: Buffer.from(guidFrom(book.plan.id, person.id)).toString("base64"),
    roles,
    displayName: person.displayName,
    visibleHistoryStartDateTime: visibleHistoryStartMs === null ? null : "0001-01-01T00:00:00Z",
    userId: person.id,
    email: person.account?.licensed ? person.userPrincipalName : null,
    tenantId: person.tenantId,
  };
}

function chatJson(deps: GraphDeps, book: ChatBook): Record<string, unknown> {
  const { plan } = book;
  const meeting = plan.chatType === "meeting";
  const url = `https://teams.microsoft.com/l/chat/${encodeURIComponent(plan.id)}/0?tenantId=${plan.tenantId}`;
  return {
    id: plan.id,
    topic: plan.topic,
    createdDateTime: new Date(plan.startMs).toISOString(),
    // Renames and membership only: of no use for finding chats with new messages.
    lastUpdatedDateTime: new Date(plan.startMs + 60_000).toISOString(),
    chatType: plan.chatType,
    webUrl: url,
    tenantId: plan.tenantId,
    isHiddenForAllMembers: false,
    viewpoint: null,
    onlineMeetingInfo: meeting
      ? {
          calendarEventId: Buffer.from(guidFrom(plan.id, "event")).toString("base64"),
          joinWebUrl: `https://teams.microsoft.com/l/meetup-join/${encodeURIComponent(plan.id)}/0`,
          organizer: { id: plan.members[0]?.person.id ?? null, displayName: null, userIdentityType: "aadUser" },
        }
      : null,
    migrationMode: plan.importedAtMs === null ? null : "completed",
    originalCreatedDateTime: plan.importedAtMs === null ? null : new Date(plan.startMs).toISOString(),
    "@odata.context": `${deps.graphUrl()}/v1.0/$metadata#chats/$entity`,
  };
}

/** `GET /users/{id}/chats`: at most 50 a page; `$expand=members` stops at 25 members. */
export async function listChats(deps: GraphDeps, call: GraphCall): Promise<void> {
  onlyOptions(call, ["$top", "$expand", "$orderby", "$filter", "$skiptoken"]);
  const person = requireMailbox(deps, call.params["user"] as string);
  const expand = call.query.get("$expand");
  if (expand !== undefined && expand !== "members")
    throw badRequest(`Could not find a property named '${expand}' on type 'microsoft.graph.chat'.`);
  const order = call.query.get("$orderby");
  if (order !== undefined && order.toLowerCase() !== "lastmessagepreview/createddatetime desc")
    throw badRequest("QueryOptions to order by this property are not supported.");
  if (call.query.has("$filter")) throw badRequest("The filter is not supported by the simulator.");
  const top = topOf(call) ?? largestPage;
  if (top > largestPage)
    throw badRequest(
      `The limit of '50' for Top query has been exceeded. The value from the incoming request is '${top}'.`,
    );
  const books = deps.tenant.booksOf(person.id);
  const token = call.query.get("$skiptoken");
  const offset = token === undefined ? 0 : (deps.skip.read(person.id, token) as { offset: number }).offset;
  const end = offset + top;
  const items = books.slice(offset, end).map((book) => {
    const { "@odata.context": _, ...chat } = chatJson(deps, book);
    const members = book.plan.members.slice(0, expandedMembers).map((member) => memberJson(book, member));
    return JSON.stringify(expand === "members" ? { ...chat, members } : chat);
  });
  const skip = encodeURIComponent(deps.skip.write(person.id, { offset: end }));
  const next = `${deps.graphUrl()}/${call.version}/users('${person.id}')/chats?${expand ? "$expand=members&" : ""}$top=${top}&$skiptoken=${skip}`;
  const envelope = {
    "@odata.context": `${deps.graphUrl()}/v1.0/$metadata#chats`,
    "@odata.count": items.length,
    ...(end < books.length ? { "@odata.nextLink": next } : {}),
  };
  await streamCollection(call, envelope, items, cutOf(call));
}

/** `GET /chats/{id}`. */
export function getChat(deps: GraphDeps, call: GraphCall): void {
  onlyOptions(call, ["$expand", "$select"]);
  const book = requireChat(deps, call.params["chat"] as string);
  const members = book.plan.members.slice(0, expandedMembers).map((member) => memberJson(book, member));
  sendJson(call, 200, { ...chatJson(deps, book), ...(call.query.get("$expand") === "members" ? { members } : {}) });
}

/** `GET /chats/{id}/members`: those of now; people who left are not listed. 403 for chats of other tenants. */
export async function listMembers(deps: GraphDeps, call: GraphCall): Promise<void> {
  const chatId = call.params["chat"] as string;
  const book = requireOwnChat(deps, chatId);
  const top = topOf(call) ?? 100;
  const token = call.query.get("$skiptoken");
  const offset = token === undefined ? 0 : (deps.skip.read(chatId, token) as { offset: number }).offset;
  const end = offset + Math.min(top, 999);
  const { members } = book.plan;
  const items = members.slice(offset, end).map((member) => JSON.stringify(memberJson(book, member)));
  const skip = encodeURIComponent(deps.skip.write(chatId, { offset: end }));
  const next = `${deps.graphUrl()}/${call.version}/chats('${encodeURIComponent(chatId)}')/members?$top=${top}&$skiptoken=${skip}`;
  const envelope = {
    "@odata.context": `${deps.graphUrl()}/v1.0/$metadata#chats('${encodeURIComponent(chatId)}')/members`,
    "@odata.count": items.length,
    ...(end < members.length ? { "@odata.nextLink": next } : {}),
  };
  await streamCollection(call, envelope, items, cutOf(call));
}
