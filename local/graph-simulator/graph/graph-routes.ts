import type { Handler } from "../http/call.ts";
import { type Route, route } from "../http/routes.ts";
import type { PathKind } from "../path-kind.ts";
import { getMessage, listMessages } from "./chat-messages.ts";
import { getChat, listChats, listMembers } from "./chats.ts";
import { exportMessages } from "./export.ts";
import { notFound } from "./graph-error.ts";
import type { GraphCall, GraphDeps, GraphHandler } from "./graph-call.ts";
import { getHostedContent, getHostedValue, listHostedContents } from "./hosted-contents.ts";
import { getDriveItem, getDriveItemContent } from "./shares.ts";
import { makeSubscriptions } from "./subscriptions.ts";
import {
  getDeletedUser,
  getOrganization,
  getUser,
  listDeletedUsers,
  listGroupMembers,
  listGroups,
  listUsers,
} from "./users.ts";

/** Every call that this Graph knows, after the version segment. */
export function graphRoutes(deps: GraphDeps): Route<PathKind>[] {
  const subscriptions = makeSubscriptions();
  // The server hands over calls that carry a token; the router need not know.
  const with_ =
    (handler: GraphHandler): Handler =>
    (call) =>
      handler(deps, call as GraphCall);
  const get = (pattern: string, kind: PathKind, handler: GraphHandler): Route<PathKind> =>
    route("GET", pattern, kind, with_(handler));
  const hosted = "/chats/:chat/messages/:message/hostedContents";
  return [
    get("/users", "users", listUsers),
    get("/users/:user", "user", getUser),
    get("/directory/deletedItems/microsoft.graph.user", "users", listDeletedUsers),
    get("/directory/deletedItems/:user", "user", getDeletedUser),
    get("/organization", "organization", getOrganization),
    get("/groups", "groups", listGroups),
    get("/groups/:group/members", "groups", listGroupMembers),
    get("/groups/:group/transitiveMembers", "groups", listGroupMembers),
    get("/users/:user/chats", "chats", listChats),
    get("/users/:user/chats/getAllMessages", "export", (d, call) => exportMessages(d, call, false)),
    get("/users/:user/chats/allMessages", "export", (d, call) => exportMessages(d, call, false)),
    get("/users/:user/chats/getAllRetainedMessages", "retained", (d, call) => exportMessages(d, call, true)),
    get("/chats/getAllMessages", "unknown", refuseTenantWideExport),
    get("/chats/:chat", "chat", getChat),
    get("/users/:user/chats/:chat", "chat", getChat),
    get("/chats/:chat/members", "members", listMembers),
    get("/chats/:chat/messages", "messages", listMessages),
    get("/users/:user/chats/:chat/messages", "messages", listMessages),
    get("/chats/:chat/messages/:message", "messages", getMessage),
    get(hosted, "hostedList", listHostedContents),
    get(`${hosted}/:hosted`, "hostedList", getHostedContent),
    get(`${hosted}/:hosted/$value`, "hostedValue", getHostedValue),
    get(`/users/:user${hosted}/:hosted/$value`, "hostedValue", getHostedValue),
    get("/shares/:share/driveItem", "shareItem", getDriveItem),
    get("/shares/:share/driveItem/content", "shareContent", getDriveItemContent),
    get("/subscriptions", "subscriptions", subscriptions.list),
    route("POST", "/subscriptions", "subscriptions", with_(subscriptions.create)),
    get("/subscriptions/:subscription", "subscriptions", subscriptions.get),
    route("PATCH", "/subscriptions/:subscription", "subscriptions", with_(subscriptions.renew)),
    route("DELETE", "/subscriptions/:subscription", "subscriptions", with_(subscriptions.remove)),
    route("POST", "/subscriptions/:subscription/reauthorize", "subscriptions", with_(subscriptions.reauthorize)),
  ];
}

/** A resource that can be subscribed to and not read. */
function refuseTenantWideExport(): never {
  throw notFound("Requested API is not supported. Please check the path.");
}
