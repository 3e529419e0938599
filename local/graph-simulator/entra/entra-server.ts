import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FaultRule, Faults } from "../faults.ts";
import { bodyOf, parsePath, parseQuery } from "../http/call.ts";
import type { PathKind } from "../path-kind.ts";
import type { StatsRecorder } from "../stats.ts";
import { adminConsent, type ConsentSettings } from "./admin-consent.ts";
import { instanceDiscovery, openIdConfiguration } from "./discovery.ts";
import { EntraError, entraBody, entraStatus } from "./entra-error.ts";
import { requireTenant, token, type TokenEndpoint } from "./token-endpoint.ts";

export interface EntraDeps {
  readonly endpoint: TokenEndpoint;
  readonly graphHost: () => string;
  readonly consent: () => ConsentSettings;
  readonly faults: Faults;
  readonly stats: StatsRecorder;
}

interface Answer {
  readonly status: number;
  readonly body?: object;
  readonly text?: string;
  readonly headers?: Record<string, string>;
}

/** The authority: discovery, keys, tokens and admin consent. */
export function entraServer(deps: EntraDeps): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const [path = "", search = ""] = (request.url ?? "/").split(/\?(.*)/s);
    const [tenant = "", ...rest] = parsePath(path) ?? [];
    const kind = kindOf(rest.join("/").toLowerCase());
    deps.stats.begin();
    deps.stats.count(kind);
    const correlationId = String(request.headers["client-request-id"] ?? randomUUID());
    let answer: Answer;
    try {
      const fault = deps.faults.draw(kind, path);
      if (fault) deps.stats.add("faults");
      answer =
        (fault && (await faulty(fault, response))) ??
        (await route(deps, request, tenant, rest.join("/").toLowerCase(), parseQuery(search) ?? new Map()));
    } catch (error) {
      if (!(error instanceof EntraError)) throw error;
      answer = { status: entraStatus(error), body: entraBody(error, correlationId, deps.endpoint.context.now()) };
    }
    send(response, answer, correlationId);
    deps.stats.end(kind, answer.status);
  };
}

function send(response: ServerResponse, answer: Answer, correlationId: string): void {
  const type = answer.text === undefined ? "application/json; charset=utf-8" : "text/html; charset=utf-8";
  response.writeHead(answer.status, {
    "Content-Type": type,
    "Cache-Control": "no-store, no-cache",
    "x-ms-request-id": randomUUID(),
    "client-request-id": correlationId,
    ...answer.headers,
  });
  response.end(answer.text ?? (answer.body && JSON.stringify(answer.body)));
}

function kindOf(rest: string): PathKind {
  if (rest === "oauth2/v2.0/token") return "token";
  if (rest.endsWith("adminconsent")) return "consent";
  return "discovery";
}

/** Transient failures of Entra itself; the others are reached by what the caller sends. Undefined: answer as usual. */
async function faulty(fault: FaultRule, response: ServerResponse): Promise<Answer | undefined> {
  if (fault.kind === "slow") {
    await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? 1_000));
    return undefined;
  }
  if (fault.kind === "hang") await new Promise((resolve) => response.once("close", resolve));
  if (fault.kind === "throttle") throw new EntraError(90055, "The request has been throttled.");
  if (fault.kind === "status") return { status: fault.status ?? 500, text: fault.message ?? "Service error" };
  throw new EntraError(90033, "A transient error has occurred. Please try again.");
}

async function route(
  deps: EntraDeps,
  request: IncomingMessage,
  tenant: string,
  rest: string,
  query: ReadonlyMap<string, string>,
): Promise<Answer> {
  const { endpoint } = deps;
  const authorityUrl = endpoint.authorityUrl();
  switch (`${request.method} ${rest}`) {
    case "POST oauth2/v2.0/token":
      return { status: 200, body: await token(endpoint, tenant, new URLSearchParams(await bodyOf(request))) };
    case "GET v2.0/.well-known/openid-configuration":
    case "GET .well-known/openid-configuration":
      return discovery(deps, tenant);
    case "GET discovery/v2.0/keys":
    case "GET discovery/keys":
      return { status: 200, body: endpoint.context.key.jwks };
    case "GET discovery/instance":
      return { status: 200, body: instanceDiscovery(authorityUrl, tenant) };
    case "GET v2.0/adminconsent":
    case "GET adminconsent": {
      const answer = adminConsent(deps.consent(), rest.startsWith("v2.0") ? "v2" : "v1", query);
      return "location" in answer ? { status: 302, headers: { Location: answer.location }, text: "" } : answer;
    }
    default:
      return { status: 404, text: "" };
  }
}

function discovery(deps: EntraDeps, tenant: string): Answer {
  const { endpoint } = deps;
  const shared = ["common", "organizations", "consumers"].includes(tenant.toLowerCase());
  if (!shared) {
    try {
      requireTenant(endpoint, tenant, "");
    } catch (error) {
      // An installed app is not needed here; a tenant that exists is enough.
      if (!(error instanceof EntraError) || error.code !== 700016) throw error;
    }
  }
  const tenantId = shared ? "{tenantid}" : endpoint.otherTenants.includes(tenant) ? tenant : endpoint.context.tenantId;
  return { status: 200, body: openIdConfiguration(endpoint.authorityUrl(), tenant, tenantId, deps.graphHost()) };
}
