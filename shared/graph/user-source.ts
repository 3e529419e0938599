import type { DirectoryUser, UserSource } from "../accounts/user-source.ts";
import { isAppError } from "../platform/errors.ts";
import type { Logger } from "../platform/logger.ts";
import type { Json } from "./graph-api.ts";
import { pages } from "./pages.ts";
import type { TenantApis } from "./tenant-apis.ts";

const PROPERTIES = "id,displayName,userPrincipalName,mail,accountEnabled,userType,assignedLicenses";
const queryOf = (deleted: boolean) => `$select=${PROPERTIES}${deleted ? ",deletedDateTime" : ""}&$top=999`;
const DELETED = new Set(["graph.forbidden", "graph.access_denied", "graph.not_found", "graph.refused"]);

/** @see https://learn.microsoft.com/graph/api/user-list */
export const createUserSource = (apis: TenantApis, log: Logger): UserSource => ({
  async *users(organizationId) {
    const { api, baseUrl } = await apis.of(organizationId);
    const listed = async function* (path: string, deleted: boolean) {
      for await (const { items } of pages(api, `${baseUrl}/v1.0/${path}?${queryOf(deleted)}`, {
        bucket: "directory",
      })) {
        for (const item of items) {
          const user = toUser(item, deleted);
          if (user) yield user;
          else log.warn("graph.user_without_id", { organizationId });
        }
      }
    };
    yield* listed("users", false);
    try {
      yield* listed("directory/deletedItems/microsoft.graph.user", true);
    } catch (error) {
      if (!isAppError(error) || !DELETED.has(error.code)) throw error;
      log.info("graph.deleted_users_unreadable", { organizationId, code: error.code });
    }
  },
});

/** Nothing without an id: there would be no way to ask for that user's messages. */
export function toUser(item: Json, deleted: boolean): DirectoryUser | undefined {
  const graphId = text(item["id"]);
  if (graphId === "") return undefined;
  const mail = text(item["mail"]);
  const deletedAt = Date.parse(text(item["deletedDateTime"]));
  const licences = item["assignedLicenses"];
  return {
    graphId,
    displayName: text(item["displayName"]),
    userPrincipalName: text(item["userPrincipalName"]),
    ...(mail === "" ? {} : { mail }),
    enabled: item["accountEnabled"] !== false,
    userType: text(item["userType"]),
    licensed: Array.isArray(licences) && licences.length > 0,
    deleted,
    ...(deleted && !Number.isNaN(deletedAt) ? { deletedAt } : {}),
  };
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
