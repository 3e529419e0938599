import { readFile } from "node:fs/promises";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { loadConfig, settingNames } from "../../../shared/platform/config.ts";
import { settings } from "../../support/settings.ts";

const read = (path: string) => readFile(new URL(`../../../${path}`, import.meta.url), "utf8");
const sample = JSON.parse(await read("local.settings.sample.json")) as { Values: Record<string, string> };
const page = await read("docs/settings.md");
const host = ["FUNCTIONS_WORKER_RUNTIME", "NODE_EXTRA_CA_CERTS"];
const local = ["PORT", "LOCAL_STATE_DIR", "LOCAL_GRAPH"];

/** The names in code style that stand in the first cells of a part's table. */
function explained(part: string): string[] {
  const rows = part.split("\n").flatMap((line) => line.match(/^\| (`.*?) \|/)?.[1] ?? []);
  return rows.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));
}

describe("the sample", () => {
  test("names exactly the settings of the app and of its host", () => {
    expect(Object.keys(sample.Values).sort()).toEqual([...settingNames, ...host].sort());
  });

  test("is what the app starts with once a key is made", () => {
    expect(() => loadConfig(sample.Values)).toThrow(/^Settings to mend:\n {2}SECRETS_KEY is missing$/);
    const config = loadConfig({ ...sample.Values, SECRETS_KEY: Buffer.alloc(32).toString("base64") });
    expect(config.graph).toMatchObject({ baseUrl: "https://graph.microsoft.com", disableInstanceDiscovery: false });
  });

  test("shows every default that has a value", () => {
    const shown = loadConfig({ ...sample.Values, SECRETS_KEY: Buffer.alloc(32).toString("base64") });
    const required = ["AUTH_ISSUER", "AUTH_AUDIENCE", "AUTH_JWKS_URL", "DATA_STORAGE", "SECRETS_FILE"];
    const fewest = Object.fromEntries([...required, "PUBLIC_BASE_URL"].map((name) => [name, sample.Values[name]]));
    const defaults = loadConfig({ ...fewest, SECRETS_KEY: Buffer.alloc(32).toString("base64") });
    expect(JSON.stringify(shown)).toBe(JSON.stringify(defaults));
  });
});

describe("docs/settings.md", () => {
  const [settingsPart = "", hostPart = ""] = page.split("# host.json");

  test("explains every setting once", () => {
    expect(explained(settingsPart).sort()).toEqual([...settingNames, ...host, ...local].sort());
  });

  test("explains every value of host.json once", async () => {
    const values = leaves(JSON.parse(await read("host.json")) as object);
    expect(explained(hostPart).sort()).toEqual(values.sort());
  });
});

describe("a wrong setting", () => {
  const malformed: Record<string, string> = {
    CLOUD: "moonbase",
    GRAPH_BASE_URL: "http://moonbase.example",
    ENTRA_AUTHORITY_HOST: "https://moonbase.example/path",
    AUTH_ISSUER: "moonbase",
    AUTH_JWKS_URL: "ftp://moonbase.example",
    OPERATORS: "moonbase",
    PROVIDER_CLIENT_ID: "moonbase",
    DATA_STORAGE__blobServiceUri: "moonbase",
    DATA_STORAGE__tableServiceUri: "moonbase",
    DOWNLOAD_STORAGE__blobServiceUri: "moonbase",
    SECRETS_KEY: "moonbase",
    PUBLIC_BASE_URL: "moonbase",
    PORTAL_URL: "javascript:moonbase",
    DOWNLOAD_LINK_MINUTES: "moonbase",
    DOWNLOAD_KEEP_DAYS: "moonbase",
    DOWNLOAD_PART_BYTES: "moonbase",
    DOWNLOAD_WINDOW_DAYS: "moonbase",
    BACKUP_OVERLAP_HOURS: "moonbase",
    EXPORT_REQUESTS_PER_SECOND: "moonbase",
    EXPORT_REQUESTS_PER_SECOND_APP: "moonbase",
    CONTENT_MAX_BYTES: "moonbase",
  };
  /** Any text will do: a name, a connection string, a list of hosts. */
  const anyText = settingNames.filter((name) => malformed[name] === undefined);

  test("is told by name, all at once, and never with its value", () => {
    const message = refusal(settings(malformed));
    for (const name of Object.keys(malformed))
      expect(message).toMatch(new RegExp(`^  ${name} must|^  ${name} \\w`, "m"));
    expect(message.split("\n")).toHaveLength(1 + Object.keys(malformed).length);
    expect(message).not.toMatch(/moonbase/);
  });

  test("is one that can be wrong", () => {
    const texts = ["AUTH_AUDIENCE", "AzureWebJobsStorage", "CONTENT_HOSTS", "DATA_STORAGE", "DOWNLOAD_STORAGE"];
    expect(anyText.toSorted()).toEqual([...texts, "PROVIDER_CLIENT_SECRET", "SECRETS_FILE"].toSorted());
  });

  test.each(["0", "-1", "1.5", "1e99"])("is a number out of its range: %s", (number) => {
    const numbers = Object.keys(malformed).filter((name) => /_(MINUTES|DAYS|BYTES|HOURS)$|_PER_SECOND/.test(name));
    const message = refusal(settings(Object.fromEntries(numbers.map((name) => [name, number]))));
    expect(message.match(/^ {2}\w+/gm)).toHaveLength(numbers.length);
  });
});

test("every missing setting is told at once, the storage account too", () => {
  const names = ["AUTH_AUDIENCE", "AUTH_ISSUER", "AUTH_JWKS_URL", "DATA_STORAGE", "PUBLIC_BASE_URL", "SECRETS_FILE"];
  const told = refusal({ AUTH_ISSUER: "" }).match(/(?<=^ {2})\w+(?= is missing)/gm);
  expect(told?.sort()).toEqual([...names, "SECRETS_KEY"].sort());
  const half = settings({ DATA_STORAGE: "", DATA_STORAGE__blobServiceUri: "https://a.blob.core.windows.net" });
  expect(refusal(half)).toContain("DATA_STORAGE__tableServiceUri");
});

test("a configuration shows none of its secrets", () => {
  const marked = { AzureWebJobsStorage: "marked1", DATA_STORAGE: "marked2", DOWNLOAD_STORAGE: "marked3" };
  const provider = { PROVIDER_CLIENT_ID: "00000000-0000-4000-8000-000000000001", PROVIDER_CLIENT_SECRET: "marked4" };
  const key = Buffer.from("marked5".padEnd(32)).toString("base64");
  const config = loadConfig(settings({ ...marked, ...provider, SECRETS_KEY: key }));
  for (const shown of [JSON.stringify(config), inspect(config, { depth: 9, showHidden: true })]) {
    expect(shown).not.toMatch(/marked/);
    expect(shown).not.toContain(key);
  }
});

function refusal(environment: Readonly<Record<string, string>>): string {
  try {
    loadConfig(environment);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("The settings were taken.");
}

function leaves(value: object, path = ""): string[] {
  return Object.entries(value).flatMap(([name, inner]) => {
    const here = path === "" ? name : `${path}.${name}`;
    return typeof inner === "object" && inner !== null ? leaves(inner as object, here) : [here];
  });
}
