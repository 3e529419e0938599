import { once } from "node:events";
import { createServer, type ServerOptions } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { generate } from "selfsigned";

export interface Asked {
  /** Path and query as they came. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type Answer = (asked: Asked, response: ServerResponse) => void;

/** A TLS server on loopback that plays Entra and whatever of Graph and its file hosts a test scripts, answer by answer: for the
 * failures that no well-behaved server produces. */
export interface ScriptedTenant {
  readonly origin: string;
  readonly port: number;
  readonly asked: Asked[];
  /** Answers the requests whose address contains the text: one answer per request, the last one for ever. */
  on(part: string, ...answers: Answer[]): void;
  /** Roles in the tokens from now on. */
  roles: string[];
  tokens: number;
  /** Breaks every connection that is open. */
  dropConnections(): void;
  stop(): Promise<void>;
}

let certificate: Promise<ServerOptions> | undefined;

const claims = (roles: string[]) => Buffer.from(JSON.stringify({ roles })).toString("base64url");

/** Trusts its own certificate in this process. */
export async function startScriptedTenant(): Promise<ScriptedTenant> {
  const server = createServer(await (certificate ??= trustedCertificate()));
  const scripts: { readonly part: string; readonly answers: Answer[] }[] = [];
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const asked = { url: request.url ?? "", headers: request.headers as Record<string, string> };
    if (entra(tenant, asked.url, response)) return;
    tenant.asked.push(asked);
    const script = scripts.find(({ part }) => asked.url.includes(part));
    const answer = script && script.answers.length > 1 ? script.answers.shift() : script?.answers[0];
    if (answer) answer(asked, response);
    else json({ error: { code: "NotScripted" } }, 501)(asked, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const tenant: ScriptedTenant = {
    origin: `https://localhost:${port}`,
    port,
    asked: [],
    on: (part, ...answers) => void scripts.unshift({ part, answers }),
    roles: ["Chat.Read.All", "User.Read.All", "Files.Read.All"],
    tokens: 0,
    dropConnections: () => server.closeAllConnections(),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return tenant;
}

export const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    void response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));

export const raw =
  (body: string | Buffer, status = 200, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    void response.writeHead(status, headers).end(body);

export const hangUp: Answer = (_, response) => void response.destroy();

/** Announces `length` bytes, sends `body` and breaks off. */
export const breakOff =
  (body: string | Buffer, length: number, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(200, { "content-length": String(length), ...headers });
    response.write(body, () => setTimeout(() => response.destroy(), 20));
  };

function entra(tenant: ScriptedTenant, url: string, response: ServerResponse): boolean {
  const [, id, rest] = /^\/([^/]+)\/(v2\.0\/\.well-known\/openid-configuration|oauth2\/v2\.0\/token)/.exec(url) ?? [];
  if (id === undefined || rest === undefined) return false;
  const base = `${tenant.origin}/${id}`;
  const description = {
    token_endpoint: `${base}/oauth2/v2.0/token`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    issuer: `${base}/v2.0`,
    jwks_uri: `${base}/keys`,
  };
  const token = () => `e30.${claims(tenant.roles)}.${++tenant.tokens}`;
  const body = rest.startsWith("oauth2")
    ? { token_type: "Bearer", expires_in: 3_599, access_token: token() }
    : description;
  json(body)({ url, headers: {} }, response);
  return true;
}

async function trustedCertificate(): Promise<ServerOptions> {
  const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
    keySize: 2048,
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  setDefaultCACertificates([...getCACertificates("default"), cert]);
  return { key, cert };
}
