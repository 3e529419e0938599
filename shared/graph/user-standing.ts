import type { UserStanding } from "../backup/user-standing.ts";
import { isAppError } from "../platform/errors.ts";
import type { TenantApis } from "./tenant-apis.ts";

const SELECT = "$select=id,accountEnabled,userType,assignedLicenses";

/** One user's standing in the directory, by Graph's id. Errors as of UserSource; where the bin may not be read, whoever is in it
 * counts as gone.
 * @see https://learn.microsoft.com/graph/api/user-get
 * @see https://learn.microsoft.com/graph/api/directory-deleteditems-get */
export const createUserStanding =
  (apis: TenantApis) =>
  async (organizationId: string, userGraphId: string): Promise<UserStanding> => {
    const { api } = await apis.of(organizationId);
    const id = encodeURIComponent(userGraphId);
    const find = async (path: string, codes: readonly string[]) => {
      try {
        return await api.json(path, { bucket: "directory" });
      } catch (error) {
        if (isAppError(error) && codes.includes(error.code)) return undefined;
        throw error;
      }
    };
    const user = await find(`/v1.0/users/${id}?${SELECT}`, ["graph.not_found"]);
    if (user) {
      const licences = user["assignedLicenses"];
      return {
        state: "present",
        guest: user["userType"] === "Guest",
        enabled: user["accountEnabled"] !== false,
        licensed: Array.isArray(licences) && licences.length > 0,
      };
    }
    const unreadable = ["graph.not_found", "graph.forbidden", "graph.access_denied"];
    const binned = await find(`/v1.0/directory/deletedItems/${id}`, unreadable);
    return { state: binned ? "deleted" : "gone", guest: false, enabled: false, licensed: false };
  };
