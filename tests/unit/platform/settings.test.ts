import { readFile } from "node:fs/promises";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../../shared/platform/config.ts";
import { settingNames } from "../../../shared/platform/settings.ts";
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
    expect(() => loadConfig(sample.Values)).toThrow(
      /^Settings to mend:\n {2}SECRETS_KEY is missing; it must be 32 random bytes in base64.*$/,
    );
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

const GUID = "00000000-0000-4000-8000-000000000001";
const KEY = "DefaultEndpointsProtocol=https;AccountName=vault;AccountKey=a2V5";
const NUMBERS = ["moonbase", "0", "-1", "1.5", "1e3", "0x10", "7d", "99999999999999999999"];
const ADDRESSES = [
  "moonbase",
  "ftp://a.example",
  "https:/a",
  "https://a b.example",
  "https://u@a.example",
  "https://u:p@a.example",
];
const STORAGE = [
  "moonbase",
  "https://vault.blob.core.windows.net",
  KEY,
  `${KEY};EndpointSuffix=`,
  "DefaultEndpointsProtocol=https;AccountName=vault;AccountKey=not base64;EndpointSuffix=core.windows.net",
  "DefaultEndpointsProtocol=https;AccountName=vault;EndpointSuffix=core.windows.net",
  "AccountName=vault;AccountKey=a2V5;EndpointSuffix=core.windows.net",
  "BlobEndpoint=https://vault.blob.core.windows.net;TableEndpoint=https://vault.table.core.windows.net;SharedAccessSignature=sv=1",
  `${KEY};BlobEndpoint=moonbase;TableEndpoint=moonbase;QueueEndpoint=moonbase`,
];

/** By setting: what it must never be taken for. A blank one counts as not given. */
const REFUSED: Record<string, readonly string[]> = {
  CLOUD: ["mars", "GLOBAL", "global,usgov"],
  GRAPH_BASE_URL: [
    ...ADDRESSES,
    "http://graph.example",
    "https://graph.example/v1.0",
    "https://graph.example?a",
    "https://graph.example#a",
  ],
  ENTRA_AUTHORITY_HOST: [
    ...ADDRESSES,
    "http://login.example",
    "https://login.example/path",
    "https://login.example:99999",
  ],
  CONTENT_HOSTS: [
    ...[
      "*",
      "*.",
      "*.com",
      "*.com:8443",
      "*.0.0.1",
      "a.*.example",
      "**.a.example",
      "*a.example",
      ",",
      ".a.example",
      "a..example",
    ],
    ...[
      "https://files.example",
      "files.example/a",
      "files example",
      "files.example:0",
      "files.example:99999",
      "files.example:x",
    ],
    ...["u@files.example", "files.example,moon base", "-a.example", "fil\u0435s.example", "[::1]", "*.*.example"],
  ],
  AUTH_ISSUER: ["", " ", ...ADDRESSES, "https://login.example?a=1", "https://login.example#a"],
  AUTH_AUDIENCE: ["", " ", "\t", "api://a api://b"],
  AUTH_JWKS_URL: ["", " ", ...ADDRESSES, "https://login.example/keys#a"],
  OPERATORS: [
    "moonbase",
    GUID,
    `${GUID}/`,
    `${GUID}/${GUID}/${GUID}`,
    `${GUID}/${"-".repeat(36)}`,
    `${GUID}/${GUID},x`,
    ",",
  ],
  PROVIDER_CLIENT_ID: ["moonbase", `{${GUID}}`],
  AzureWebJobsStorage: STORAGE,
  DATA_STORAGE: ["", " ", ...STORAGE],
  DATA_STORAGE__blobServiceUri: [...ADDRESSES, "http://vault.example", "https://vault.example?sv=1"],
  DATA_STORAGE__tableServiceUri: [...ADDRESSES, "http://vault.example", "https://vault.example?sv=1"],
  DOWNLOAD_STORAGE: STORAGE,
  DOWNLOAD_STORAGE__blobServiceUri: [...ADDRESSES, "http://vault.example", "https://vault.example?sv=1"],
  SECRETS_FILE: ["", " "],
  SECRETS_KEY: ["", " ", "moonbase", Buffer.alloc(31).toString("base64"), Buffer.alloc(33).toString("base64")],
  PUBLIC_BASE_URL: ["", " ", ...ADDRESSES, "https://api.example?a", "https://api.example/#a"],
  PORTAL_URL: [...ADDRESSES, "javascript:moonbase", "https://portal.example?a=1", "https://portal.example/#/home"],
  DOWNLOAD_LINK_MINUTES: [...NUMBERS, "1441"],
  DOWNLOAD_KEEP_DAYS: [...NUMBERS, "366"],
  DOWNLOAD_PART_BYTES: [...NUMBERS, "999999", "1000000001", "1GB"],
  DOWNLOAD_WINDOW_DAYS: [...NUMBERS, "91"],
  BACKUP_OVERLAP_HOURS: [...NUMBERS, "47", "721"],
  EXPORT_REQUESTS_PER_SECOND: [...NUMBERS, "201"],
  EXPORT_REQUESTS_PER_SECOND_APP: [...NUMBERS, "1001"],
  CONTENT_MAX_BYTES: [...NUMBERS, "250000000001", "10GB"],
};

describe("a wrong setting", () => {
  const cases = Object.entries(REFUSED).flatMap(([name, values]) => values.map((value) => [name, value] as const));

  test.each(cases)("%s=%j is refused with what it must be, and nothing else is", (name, value) => {
    const [title, ...lines] = refusal(settings({ DATA_STORAGE__blobServiceUri: "", [name]: value })).split("\n");
    expect(title).toBe("Settings to mend:");
    const told = lines.filter((line) => line.startsWith(`  ${name} `));
    expect(told).toEqual([expect.stringMatching(/ (must|is missing; it must) (be|hold) .{5,}/)]);
    for (const line of lines) expect(line).toContain(name);
    if (value.trim().length > 9) expect(told.join()).not.toContain(value.trim());
  });

  test("is one that can be wrong: every setting has its cases", () => {
    expect(Object.keys(REFUSED).sort()).toEqual(
      settingNames.filter((name) => name !== "PROVIDER_CLIENT_SECRET").sort(),
    );
  });

  test("names what is allowed", () => {
    expect(refusal(settings({ CLOUD: "mars" }))).toContain("CLOUD must be one of global, usgov, usgovdod, china");
    expect(refusal(settings({ DOWNLOAD_KEEP_DAYS: "7d" }))).toContain("a whole number of days from 1 to 365");
    expect(refusal(settings({ PUBLIC_BASE_URL: "https://u:p@a.example" }))).toContain(
      "without user, password, query or fragment",
    );
  });

  test("is told at once with all others", () => {
    const wrong = Object.entries(REFUSED).map(([name, values]) => [name, values.at(-1) ?? ""] as const);
    const message = refusal(settings(Object.fromEntries(wrong)));
    for (const [name] of wrong) expect(message).toMatch(new RegExp(`^  ${name} `, "m"));
    expect(message).not.toMatch(/moonbase/);
  });
});

describe("settings that do not go together", () => {
  const uris = {
    DATA_STORAGE__blobServiceUri: "https://a.example",
    DATA_STORAGE__tableServiceUri: "https://b.example",
  };
  const secret = { PROVIDER_CLIENT_SECRET: "not told" };

  test.each([
    ["PROVIDER_CLIENT_SECRET is missing; it must be given with PROVIDER_CLIENT_ID", { PROVIDER_CLIENT_ID: GUID }],
    ["PROVIDER_CLIENT_ID is missing; it must be given with PROVIDER_CLIENT_SECRET", secret],
    ["DATA_STORAGE__blobServiceUri must be left out: DATA_STORAGE is given, too", uris],
    ["DATA_STORAGE is missing", { ...uris, DATA_STORAGE: "", DATA_STORAGE__tableServiceUri: " " }],
    [
      "DOWNLOAD_STORAGE__blobServiceUri must be left out",
      { DOWNLOAD_STORAGE: `${KEY};EndpointSuffix=a.example`, DOWNLOAD_STORAGE__blobServiceUri: "https://a.example" },
    ],
  ])("%s", (told, given) => {
    expect(refusal(settings(given))).toContain(`  ${told}`);
    expect(refusal(settings(given))).not.toContain("not told");
  });
});

describe("settings as people write them", () => {
  test.each([
    ["spaces around", { DOWNLOAD_KEEP_DAYS: " 8 ", AUTH_AUDIENCE: " api://a " }],
    ["blank where there is a default", { DOWNLOAD_KEEP_DAYS: " ", CONTENT_HOSTS: " ", CLOUD: " " }],
    [
      "addresses with paths and slashes",
      { PUBLIC_BASE_URL: "https://a.example/vault/", PORTAL_URL: "https://a.example/" },
    ],
    ["keys of one app", { AUTH_JWKS_URL: "https://login.microsoftonline.com/common/discovery/v2.0/keys?appid=a" }],
    [
      "hosts of every kind",
      { CONTENT_HOSTS: "*.SharePoint.com, files.example , 127.0.0.1:8443,localhost:1,*.lab.test:9443," },
    ],
    ["Azurite", { DATA_STORAGE: "UseDevelopmentStorage=true", AzureWebJobsStorage: "UseDevelopmentStorage=true" }],
    [
      "Azure",
      {
        DATA_STORAGE: `${KEY};EndpointSuffix=core.windows.net`,
        DOWNLOAD_STORAGE: `${KEY};BlobEndpoint=https://a.example/;`,
      },
    ],
    [
      "an identity",
      {
        DATA_STORAGE: "",
        DATA_STORAGE__blobServiceUri: "https://127.0.0.1:10000/devstoreaccount1",
        DATA_STORAGE__tableServiceUri: "https://vault.table.core.windows.net/",
      },
    ],
    ["two operators", { OPERATORS: `${GUID}/${GUID}, ${GUID}/${GUID}` }],
    ["the provider's app", { PROVIDER_CLIENT_ID: GUID, PROVIDER_CLIENT_SECRET: "s" }],
  ])("%s", (_, given) => {
    expect(() => loadConfig(settings(given))).not.toThrow();
  });

  test("count without the spaces, and hosts in small letters", () => {
    const config = loadConfig(settings({ CONTENT_HOSTS: " *.SharePoint.com ,", AUTH_AUDIENCE: " api://a\n" }));
    expect([config.graph.contentHosts, config.auth.audience]).toEqual([["*.sharepoint.com"], "api://a"]);
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
  const account = (key: string) =>
    `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${key};EndpointSuffix=core.windows.net`;
  const names = ["AzureWebJobsStorage", "DATA_STORAGE", "DOWNLOAD_STORAGE"];
  const marked = Object.fromEntries(names.map((name, i) => [name, account(`marked${i}`)]));
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
