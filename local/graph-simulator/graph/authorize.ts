import type { AppToken } from "../entra/tokens.ts";
import type { PathKind } from "../path-kind.ts";
import { GraphError } from "./graph-error.ts";

/** Application permissions of which one suffices. Source: Microsoft Learn, the page of each call. */
const needed: Partial<Record<PathKind, readonly string[]>> = {
  export: ["Chat.Read.All", "Chat.ReadWrite.All"],
  retained: ["Chat.Read.All", "Chat.ReadWrite.All"],
  messages: ["Chat.Read.All", "Chat.ReadWrite.All"],
  hostedList: ["Chat.Read.All", "Chat.ReadWrite.All"],
  hostedValue: ["Chat.Read.All", "Chat.ReadWrite.All"],
  subscriptions: ["Chat.Read.All", "Chat.ReadWrite.All"],
  chats: ["Chat.ReadBasic.All", "Chat.Read.All", "Chat.ReadWrite.All"],
  chat: ["Chat.ReadBasic.All", "Chat.Read.All", "Chat.ReadWrite.All"],
  members: [
    "ChatMember.Read.All",
    "ChatMember.ReadWrite.All",
    "Chat.ReadBasic.All",
    "Chat.Read.All",
    "Chat.ReadWrite.All",
  ],
  users: ["User.Read.All", "User.ReadWrite.All", "Directory.Read.All"],
  user: ["User.Read.All", "User.ReadWrite.All", "Directory.Read.All"],
  groups: ["GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"],
  organization: ["Organization.Read.All", "Directory.Read.All"],
  shareItem: ["Files.Read.All", "Files.ReadWrite.All", "Sites.Read.All", "Sites.ReadWrite.All"],
  shareContent: ["Files.Read.All", "Files.ReadWrite.All", "Sites.Read.All", "Sites.ReadWrite.All"],
};

const directoryKinds: readonly PathKind[] = ["users", "user", "groups", "organization"];

/** Throws 403 in the words of the workload that answers. */
export function requireRole(kind: PathKind, token: AppToken): void {
  const oneOf = needed[kind];
  if (oneOf === undefined || token.roles.some((role) => oneOf.includes(role))) return;
  if (directoryKinds.includes(kind)) {
    throw new GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");
  }
  if (kind === "shareItem" || kind === "shareContent") throw new GraphError(403, "accessDenied", "Access denied");
  throw new GraphError(
    403,
    "Forbidden",
    `Missing role permissions on the request. API requires one of '${oneOf.join(", ")}'. Roles on the request '${token.roles.join(", ")}'.`,
  );
}

export const unauthorized = (message: string): GraphError =>
  new GraphError(401, "InvalidAuthenticationToken", message, {
    "WWW-Authenticate": `Bearer realm="", authorization_uri="", client_id="00000003-0000-0000-c000-000000000000"`,
  });

/** The bearer token's text; 401 as Graph words it where there is none. */
export function bearer(authorization: string | undefined): string {
  if (authorization === undefined || authorization === "") throw unauthorized("Access token is empty.");
  const found = /^Bearer +(\S+)$/i.exec(authorization);
  if (found === null) throw unauthorized("CompactToken parsing failed with error code: 80049217");
  return found[1] as string;
}
