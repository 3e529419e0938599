import { CLOUDS, MICROSOFT_AUTHORITIES } from "./clouds.ts";
import { AppError } from "./errors.ts";
import type { Secret } from "./secret.ts";
import { type Settings, type WrongSetting, contradictions, settings } from "./settings.ts";

/** Where one storage account is: a connection string, or service addresses for the app's identity. */
export type StorageLocation =
  | { readonly kind: "connectionString"; readonly connectionString: Secret }
  | { readonly kind: "identity"; readonly blobServiceUri: string; readonly tableServiceUri?: string };

export type Config = ReturnType<typeof toConfig>;

/** Reads all settings at once; spaces around a value do not count, and an empty one is not given. Throws an `invalid` AppError
 * (`config.invalid`) whose message names every setting that is missing or malformed, one per line, with what it must be and never
 * with its value. */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const trimmed = Object.entries(environment).map(([name, value]) => [name, value?.trim() || undefined] as const);
  const given = Object.fromEntries(trimmed.filter(([, value]) => value !== undefined));
  const parsed = settings.safeParse(given);
  const refused = (parsed.error?.issues ?? []).map(({ path: [name], message }) => ({ path: String(name), message }));
  const wrong = [
    ...refused.map((one) => (given[one.path] === undefined ? missing(one) : one)),
    ...contradictions(given),
  ];
  // One line per setting, whatever number of things is wrong with it.
  const issues = wrong.filter(({ path }, i) => wrong.findIndex((other) => other.path === path) === i);
  if (!parsed.success || issues.length > 0) {
    const lines = issues.map(({ path, message }) => `  ${path} ${message}`);
    throw new AppError("invalid", "config.invalid", `Settings to mend:\n${lines.join("\n")}`, { issues });
  }
  return toConfig(parsed.data);
}

const missing = ({ path, message }: WrongSetting): WrongSetting => ({ path, message: `is missing; it ${message}` });

function toConfig(given: Settings) {
  const cloud = CLOUDS[given.CLOUD];
  const authority = given.ENTRA_AUTHORITY_HOST ?? cloud.authority;
  const data = location(given.DATA_STORAGE, given.DATA_STORAGE__blobServiceUri, given.DATA_STORAGE__tableServiceUri);
  const downloads = location(given.DOWNLOAD_STORAGE, given.DOWNLOAD_STORAGE__blobServiceUri) ?? data;
  if (!data || !downloads) throw new AppError("internal", "config.storage", "DATA_STORAGE is missing");
  return {
    graph: {
      baseUrl: given.GRAPH_BASE_URL ?? cloud.graph,
      authorityHost: authority,
      /** Microsoft's instance discovery knows Microsoft's authorities alone. */
      disableInstanceDiscovery: !MICROSOFT_AUTHORITIES.includes(authority),
      /** `host`, `host:port` or `*.domain`: the only hosts that file bytes are read from. */
      contentHosts: given.CONTENT_HOSTS ?? [cloud.files],
      exportRequestsPerSecond: given.EXPORT_REQUESTS_PER_SECOND,
      exportRequestsPerSecondApp: given.EXPORT_REQUESTS_PER_SECOND_APP,
      provider:
        given.PROVIDER_CLIENT_ID && given.PROVIDER_CLIENT_SECRET
          ? { clientId: given.PROVIDER_CLIENT_ID, clientSecret: given.PROVIDER_CLIENT_SECRET }
          : undefined,
    },
    auth: { issuer: given.AUTH_ISSUER, audience: given.AUTH_AUDIENCE, jwksUrl: given.AUTH_JWKS_URL },
    /** `tenantId/objectId`, lower case. */
    operators: given.OPERATORS.map((entry) => entry.toLowerCase()),
    storage: { data, downloads },
    secrets: { file: given.SECRETS_FILE, key: given.SECRETS_KEY },
    publicBaseUrl: given.PUBLIC_BASE_URL.replace(/\/+$/, ""),
    portalUrl: given.PORTAL_URL,
    downloads: {
      linkMs: given.DOWNLOAD_LINK_MINUTES * 60_000,
      keepMs: given.DOWNLOAD_KEEP_DAYS * 86_400_000,
      partBytes: given.DOWNLOAD_PART_BYTES,
      windowDays: given.DOWNLOAD_WINDOW_DAYS,
    },
    backup: { overlapMs: given.BACKUP_OVERLAP_HOURS * 3_600_000, contentMaxBytes: given.CONTENT_MAX_BYTES },
  };
}

function location(
  connectionString?: Secret,
  blobServiceUri?: string,
  tableServiceUri?: string,
): StorageLocation | undefined {
  if (connectionString) return { kind: "connectionString", connectionString };
  if (!blobServiceUri) return undefined;
  return { kind: "identity", blobServiceUri, ...(tableServiceUri === undefined ? {} : { tableServiceUri }) };
}
