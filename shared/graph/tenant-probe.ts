import type { ProbeSession, TenantProbe } from "../credentials/tenant-probe.ts";
import type { TenantConnection } from "../credentials/tenant-connection.ts";
import type { Config } from "../platform/config.ts";
import { AppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import type { Json } from "./graph-api.ts";
import { exportError, exportPath, PREFER } from "./message-source.ts";
import { bodyText } from "./read-body.ts";
import { type RetryDeps, sendWithRetry } from "./send-with-retry.ts";
import type { TenantApi, TenantApis } from "./tenant-apis.ts";

const DAY_MS = 86_400_000;
const ENTRA_MS = 20_000;
const USERS = "/v1.0/users?$select=id,accountEnabled,userType,assignedLicenses&$top=100";
/** Only with these may an app read its own registration. */
const READS_APPS = ["Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All"];

export const createTenantProbe = (
  apis: TenantApis,
  config: Config["graph"],
  retry: Omit<RetryDeps, "throttled">,
): TenantProbe => ({
  open(connection): ProbeSession {
    const tenant = apis.for(connection);
    return {
      tenantExists: () => tenantExists(config.authorityHost, connection.tenantId, retry),
      roles: async () => (await tenant.tokens.token()).roles,
      secretExpiry: () => secretExpiry(tenant, connection).catch(() => undefined),
      async someUsers() {
        const { value } = await tenant.api.json(USERS, { bucket: "directory" });
        const users = (Array.isArray(value) ? (value as Json[]) : []).toSorted((a, b) => likely(b) - likely(a));
        return users.map(({ id }) => id).filter((id) => typeof id === "string");
      },
      async exportOnce(userGraphId) {
        // A past minute: whether there is anything in it does not matter, and it may cost money.
        const from = retry.now() - 3 * DAY_MS;
        const window = { from, to: from + 60_000 };
        await exportOne(tenant, userGraphId, window);
      },
    };
  },
});

async function exportOne({ api, model }: TenantApi, user: string, window: { from: Instant; to: Instant }) {
  try {
    await api.json(exportPath(user, window, model), { bucket: "export", headers: PREFER });
  } catch (error) {
    throw exportError(error);
  }
}

/** Entra describes every tenant that it knows, to anybody.
 * @see https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc */
async function tenantExists(authority: string, tenantId: string, retry: Omit<RetryDeps, "throttled">) {
  const url = `${authority}/${encodeURIComponent(tenantId)}/v2.0/.well-known/openid-configuration`;
  try {
    const get = () => fetch(url, { redirect: "error", signal: AbortSignal.timeout(ENTRA_MS) });
    const response = await sendWithRetry(get, retry);
    await bodyText(response, 1_000_000);
    if (response.status === 400 || response.status === 404) return false;
    if (response.ok) return true;
  } catch {
    // Whatever went wrong on the way, nothing is known about the tenant.
  }
  throw new AppError("unavailable", "credentials.unavailable", "Entra does not answer");
}

/** A registration lists its secrets by their first three characters: the latest end among those that fit.
 * @see https://learn.microsoft.com/graph/api/resources/passwordcredential */
async function secretExpiry({ api, tokens }: TenantApi, { clientId, credential }: TenantConnection) {
  const { roles } = await tokens.token();
  if (credential.kind !== "secret" || !READS_APPS.some((role) => roles.includes(role))) return undefined;
  const path = `/v1.0/applications(appId='${encodeURIComponent(clientId)}')?$select=passwordCredentials`;
  const { passwordCredentials: listed } = await api.json(path, { bucket: "directory" });
  const hint = credential.clientSecret.reveal().slice(0, 3);
  const ends = (Array.isArray(listed) ? (listed as Json[]) : [])
    .filter((one) => one["hint"] === hint)
    .map((one) => Date.parse(String(one["endDateTime"])))
    .filter((end) => !Number.isNaN(end));
  return ends.length === 0 ? undefined : Math.max(...ends);
}

const likely = (user: Json): number =>
  Number(user["accountEnabled"] !== false) +
  Number(user["userType"] !== "Guest") +
  2 * Number(Array.isArray(user["assignedLicenses"]) && user["assignedLicenses"].length > 0);
