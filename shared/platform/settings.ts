import { z } from "zod";
import { isContentHost } from "./content-host.ts";
import { address, choice, connectionString, count, guid, key, list, oneWord, secret, text } from "./setting-kinds.ts";

const origin = address({ scheme: "https", path: false }).transform((value) => new URL(value).origin);
const base = address({ scheme: "http or https", path: true });
/** With the app's identity; tokens are sent over TLS alone. */
const service = address({ scheme: "https", path: true });
const endpoint = address({ scheme: "http or https", path: true, query: true });
const account = (name: string, ...services: readonly ("Blob" | "Queue" | "Table")[]) => {
  const must = `must be a storage account's connection string with its key (DefaultEndpointsProtocol=…;AccountName=…;AccountKey=…;EndpointSuffix=…)`;
  return connectionString(`${must}, or left out for ${name}__… with the account's addresses`, ...services);
};
const hosts = "must be hosts separated by commas, each host, host:port, *.domain.example or *.domain.example:port";
const people = "must be tenantId/objectId of each operator, two GUIDs, separated by commas";
const isPerson = (entry: string) =>
  entry.split("/").length === 2 && entry.split("/").every((id) => guid.safeParse(id).success);

/** One entry per setting, under its name in the environment. */
export const settings = z.object({
  CLOUD: choice("global", "usgov", "usgovdod", "china").default("global"),
  GRAPH_BASE_URL: origin.optional(),
  ENTRA_AUTHORITY_HOST: origin.optional(),
  CONTENT_HOSTS: list(hosts, isContentHost).optional(),
  AUTH_ISSUER: base,
  AUTH_AUDIENCE: oneWord("must be the aud of the API's tokens, without spaces"),
  AUTH_JWKS_URL: endpoint,
  OPERATORS: list(people, isPerson).default([]),
  PROVIDER_CLIENT_ID: guid.optional(),
  PROVIDER_CLIENT_SECRET: secret("must be the secret of the app PROVIDER_CLIENT_ID").optional(),
  AzureWebJobsStorage: account("AzureWebJobsStorage", "Blob", "Queue", "Table").optional(),
  DATA_STORAGE: account("DATA_STORAGE", "Blob", "Table").optional(),
  DATA_STORAGE__blobServiceUri: service.optional(),
  DATA_STORAGE__tableServiceUri: service.optional(),
  DOWNLOAD_STORAGE: account("DOWNLOAD_STORAGE", "Blob").optional(),
  DOWNLOAD_STORAGE__blobServiceUri: service.optional(),
  SECRETS_FILE: text("must be the path of a file"),
  SECRETS_KEY: key("must be 32 random bytes in base64, as `openssl rand -base64 32` makes them"),
  PUBLIC_BASE_URL: base,
  PORTAL_URL: base.optional(),
  DOWNLOAD_LINK_MINUTES: count("minutes", 1, 1_440).default(60),
  DOWNLOAD_KEEP_DAYS: count("days", 1, 365).default(7),
  DOWNLOAD_PART_BYTES: count("bytes", 1_000_000, 1_000_000_000).default(1_000_000_000),
  DOWNLOAD_WINDOW_DAYS: count("days", 1, 90).default(90),
  BACKUP_OVERLAP_HOURS: count("hours", 48, 720).default(48),
  EXPORT_REQUESTS_PER_SECOND: count("requests", 1, 200).default(160),
  EXPORT_REQUESTS_PER_SECOND_APP: count("requests", 1, 1_000).default(800),
  CONTENT_MAX_BYTES: count("bytes", 1, 250_000_000_000).default(10_000_000_000),
});

export type Settings = z.output<typeof settings>;
export const settingNames: readonly string[] = Object.keys(settings.shape);

/** A setting, and what is wrong with it in words that follow its name. */
export interface WrongSetting {
  readonly path: string;
  readonly message: string;
}

/** What is wrong with settings that are fine one by one. */
export function contradictions(given: Readonly<Record<string, string | undefined>>): WrongSetting[] {
  const wrong: WrongSetting[] = [];
  const has = (name: string) => given[name] !== undefined;
  const say = (path: string, message: string) => wrong.push({ path, message });
  const [blobs, tables] = ["DATA_STORAGE__blobServiceUri", "DATA_STORAGE__tableServiceUri"];
  if (has("DATA_STORAGE")) {
    for (const name of [blobs, tables]) if (has(name)) say(name, "must be left out: DATA_STORAGE is given, too");
  } else if (!has(blobs) || !has(tables)) {
    say("DATA_STORAGE", `is missing; it must be a connection string, or ${blobs} and ${tables} stand in its place`);
  }
  if (has("DOWNLOAD_STORAGE") && has("DOWNLOAD_STORAGE__blobServiceUri")) {
    say("DOWNLOAD_STORAGE__blobServiceUri", "must be left out: DOWNLOAD_STORAGE is given, too");
  }
  const provider = ["PROVIDER_CLIENT_ID", "PROVIDER_CLIENT_SECRET"] as const;
  for (const [one, other] of [provider, provider.toReversed() as [string, string]]) {
    if (has(one) && !has(other)) say(other, `is missing; it must be given with ${one}`);
  }
  return wrong;
}
