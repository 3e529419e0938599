import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HostProcessOptions } from "../../local/host/host-process.ts";
import { type SpawnedHost, spawnHost } from "../../local/host/spawn-host.ts";
import type { Principal, Role, Scope } from "../../shared/access/access.contract.ts";
import { toGrant } from "../../shared/access/grants.ts";
import type { StorageClients } from "../../shared/storage/clients.ts";
import { grantTable } from "../../shared/storage/grant-table.ts";
import { type Azurite, startAzurite } from "../../local/azurite.ts";
import { temporaryFolder } from "./host.ts";
import { type Issuer, TENANT, startIssuer } from "./issuer.ts";
import { settings } from "./settings.ts";
import { clientsOf } from "./storage.ts";

/** A person with a token. */
export interface Person {
  readonly oid: string;
  readonly tid: string;
  readonly token: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; undefined where there is none. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look at whatever came back
  readonly body: any;
}

export interface Ask {
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly raw?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The whole app over HTTP: embedded host, Azurite, and an issuer of tokens. */
export interface TestApi {
  readonly url: string;
  readonly issuer: Issuer;
  readonly azurite: Azurite;
  readonly data: StorageClients;
  readonly operator: Person;
  readonly secretsFile: string;
  /** Of the host's process. */
  pid(): number;
  /** What the host and the app have printed. */
  readonly lines: readonly string[];
  /** A new person, with these grants. */
  person(...grants: readonly (readonly [Role, Scope])[]): Promise<Person>;
  /** Ends the host as a power cut would, and starts it again where it was. */
  crash(): Promise<void>;
  ask(person: Person | string | undefined, method: string, path: string, ask?: Ask): Promise<Answer>;
  /** Runs a timer's function, beside its schedule; it may still be at work afterwards. */
  fire(timer: string): Promise<void>;
  stop(): Promise<void>;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The sources, unless told which folder holds the app. */
export async function startApi(
  extra: Readonly<Record<string, string>> = {},
  storage: Promise<Azurite> = startAzurite(),
  app: Pick<HostProcessOptions, "appFolder" | "entry"> = { appFolder: root, entry: "functions/index.ts" },
): Promise<TestApi> {
  const [azurite, issuer, folder] = await Promise.all([storage, startIssuer(), temporaryFolder()]);
  const operatorId = randomUUID();
  const secretsFile = join(folder.path, "secrets", "secrets.json");
  const lines: string[] = [];
  const env = settings({
    ...{ AUTH_ISSUER: issuer.issuer, AUTH_AUDIENCE: issuer.audience, AUTH_JWKS_URL: issuer.jwksUrl },
    ...{ OPERATORS: `${TENANT}/${operatorId}`, DATA_STORAGE: azurite.connectionString, SECRETS_FILE: secretsFile },
    AzureWebJobsStorage: azurite.connectionString,
    ...extra,
  });
  const start = (port = 0): Promise<SpawnedHost> =>
    spawnHost({
      ...app,
      stateDirectory: join(folder.path, "state"),
      port,
      verbose: true,
      env: { PATH: process.env["PATH"], ...env },
      onLine: (line) => lines.push(line),
    });
  let host = await start();
  const { url } = host;
  const data = clientsOf(azurite);
  const grants = grantTable(data.table("grants"));
  const withToken = async (oid: string): Promise<Person> => ({ oid, tid: TENANT, token: await issuer.token({ oid }) });
  return {
    url,
    pid: () => host.child.pid ?? 0,
    issuer,
    azurite,
    data,
    secretsFile,
    lines,
    operator: await withToken(operatorId),
    async person(...held) {
      const person = await withToken(randomUUID());
      const principal: Principal = { id: "", tenantId: person.tid, objectId: person.oid, name: "Test Person" };
      for (const [role, scope] of held) await grants.add(toGrant(principal, { role, scope }, Date.now()));
      return person;
    },
    async crash() {
      await host.kill();
      host = await start(Number(new URL(url).port));
    },
    ask: (person, method, path, ask = {}) =>
      send(`${url}/api/${path}`, method, typeof person === "string" ? person : person?.token, ask),
    async fire(timer) {
      const headers = { "content-type": "application/json" };
      const { status } = await fetch(`${url}/admin/functions/${timer}`, { method: "POST", headers, body: "{}" });
      if (status !== 202) throw new Error(`${timer} is answered with ${status}.`);
    },
    async stop() {
      await host.stop();
      await Promise.all([azurite.stop(), issuer.stop()]);
      await folder.remove();
    },
  };
}

async function send(url: string, method: string, token: string | undefined, ask: Ask): Promise<Answer> {
  const body = ask.raw ?? (ask.body === undefined ? undefined : JSON.stringify(ask.body));
  const response = await fetch(url, {
    method,
    redirect: "manual",
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...ask.headers,
    },
    ...(body === undefined ? {} : { body: body as string }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
}

/** A partner and an organization of it, both with the feature on unless the plan forbids it. */
export async function tenantSetUp(api: TestApi, plan: "Archiver" | "Backup" = "Archiver") {
  const partner = await api.ask(api.operator, "POST", "partners", { body: { name: "Partner" } });
  const partnerId = partner.body.id as string;
  const partnerAdmin = await api.person(["partner-admin", `partner:${partnerId}`]);
  await api.ask(api.operator, "PUT", `partners/${partnerId}/features/private-chat`, { body: { enabled: true } });
  const organization = await api.ask(partnerAdmin, "POST", `partners/${partnerId}/organizations`, {
    body: { name: "Organization", plan },
  });
  const organizationId = organization.body.id as string;
  if (plan === "Archiver") {
    await api.ask(partnerAdmin, "PUT", `organizations/${organizationId}/features/private-chat`, {
      body: { enabled: true },
    });
  }
  const admin = await api.person(["organization-admin", `organization:${organizationId}`]);
  const auditor = await api.person(["auditor", `organization:${organizationId}`]);
  return { partnerId, partnerAdmin, organizationId, admin, auditor };
}
