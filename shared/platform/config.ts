import { z } from "zod";
import { AppError } from "./errors.ts";
import { Secret } from "./secret.ts";

const CLOUDS = {
  global: {
    graph: "https://graph.microsoft.com",
    authority: "https://login.microsoftonline.com",
    files: "*.sharepoint.com",
  },
  usgov: {
    graph: "https://graph.microsoft.us",
    authority: "https://login.microsoftonline.us",
    files: "*.sharepoint.us",
  },
  usgovdod: {
    graph: "https://dod-graph.microsoft.us",
    authority: "https://login.microsoftonline.us",
    files: "*.sharepoint-mil.us",
  },
  china: {
    graph: "https://microsoftgraph.chinacloudapi.cn",
    authority: "https://login.chinacloudapi.cn",
    files: "*.sharepoint.cn",
  },
} as const;

const MICROSOFT_AUTHORITIES: readonly string[] = Object.values(CLOUDS).map((cloud) => cloud.authority);

const origin = z
  .url({ protocol: /^https$/, error: "must be an https:// address" })
  .refine((text) => URL.canParse(text) && /^https:\/\/[^/@?#]+\/?$/.test(text), "must be an origin without a path")
  .transform((text) => new URL(text).origin);
const web = z.url({ protocol: /^https?$/, error: "must be an http:// or https:// address" });
const count = (min: number, max: number) => {
  const range = `must be a whole number from ${min} to ${max}`;
  return z.string().regex(/^\d+$/, range).transform(Number).pipe(z.number().min(min, range).max(max, range));
};
const list = z.string().transform((text) =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter(Boolean),
);
const secret = z
  .string()
  .min(1)
  .transform((text) => new Secret(text));
const guid = z.guid("must be a GUID");

/** One entry per setting, under its name in the environment. */
const settings = z.object({
  CLOUD: z.enum(["global", "usgov", "usgovdod", "china"]).default("global"),
  GRAPH_BASE_URL: origin.optional(),
  ENTRA_AUTHORITY_HOST: origin.optional(),
  CONTENT_HOSTS: list.optional(),
  AUTH_ISSUER: web,
  AUTH_AUDIENCE: z.string().min(1),
  AUTH_JWKS_URL: web,
  OPERATORS: list
    .pipe(z.array(z.string().regex(/^[0-9a-f-]{36}\/[0-9a-f-]{36}$/i, "must be a list of tenantId/objectId")))
    .default([]),
  PROVIDER_CLIENT_ID: guid.optional(),
  PROVIDER_CLIENT_SECRET: secret.optional(),
  AzureWebJobsStorage: secret.optional(),
  DATA_STORAGE: secret.optional(),
  DATA_STORAGE__blobServiceUri: web.optional(),
  DATA_STORAGE__tableServiceUri: web.optional(),
  DOWNLOAD_STORAGE: secret.optional(),
  DOWNLOAD_STORAGE__blobServiceUri: web.optional(),
  SECRETS_FILE: z.string().min(1),
  SECRETS_KEY: z
    .string()
    .regex(/^[A-Za-z0-9+/]{43}=$/, "must be 32 bytes in base64")
    .transform((text) => new Secret(text)),
  PUBLIC_BASE_URL: web,
  PORTAL_URL: web.optional(),
  DOWNLOAD_LINK_MINUTES: count(1, 1_440).default(60),
  DOWNLOAD_KEEP_DAYS: count(1, 365).default(7),
  DOWNLOAD_PART_BYTES: count(1_000_000, 1_000_000_000).default(1_000_000_000),
  DOWNLOAD_WINDOW_DAYS: count(1, 90).default(90),
  BACKUP_OVERLAP_HOURS: count(48, 720).default(48),
  EXPORT_REQUESTS_PER_SECOND: count(1, 200).default(160),
  EXPORT_REQUESTS_PER_SECOND_APP: count(1, 1_000).default(800),
  CONTENT_MAX_BYTES: count(1, 250_000_000_000).default(10_000_000_000),
});

export const settingNames: readonly string[] = Object.keys(settings.shape);

/** Where one storage account is: a connection string, or service addresses for the app's identity. */
export type StorageLocation =
  | { readonly kind: "connectionString"; readonly connectionString: Secret }
  | { readonly kind: "identity"; readonly blobServiceUri: string; readonly tableServiceUri?: string };

export type Config = ReturnType<typeof toConfig>;

/** Reads all settings at once. Throws an `invalid` AppError (`config.invalid`) whose message names every setting that is
 * missing or malformed, one per line, never with its value. */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = settings.safeParse(given);
  const refused = parsed.error?.issues ?? [];
  // One line per setting, whatever number of things is wrong with it.
  const messages = new Map(refused.toReversed().map(({ path: [name], message }) => [String(name), message]));
  const wrong = [...messages].map(([path, message]) => ({
    path,
    message: given[path] === undefined ? "is missing" : message,
  }));
  wrong.push(...missingStorage(given));
  if (!parsed.success || wrong.length > 0) {
    const lines = wrong.map(({ path, message }) => `  ${path} ${message}`);
    throw new AppError("invalid", "config.invalid", `Settings to mend:\n${lines.join("\n")}`, { issues: wrong });
  }
  return toConfig(parsed.data);
}

type Settings = z.output<typeof settings>;

function missingStorage(given: { readonly [name: string]: string | undefined }) {
  if (given["DATA_STORAGE"] || (given["DATA_STORAGE__blobServiceUri"] && given["DATA_STORAGE__tableServiceUri"]))
    return [];
  const message = "is missing (or DATA_STORAGE__blobServiceUri and DATA_STORAGE__tableServiceUri)";
  return [{ path: "DATA_STORAGE", message }];
}

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
