import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AppToken } from "../entra/tokens.ts";
import { type Call, header, parsePath, parseQuery } from "../http/call.ts";
import { retryAfter } from "../http/retry-after.ts";
import { match, type Route } from "../http/routes.ts";
import type { PathKind } from "../path-kind.ts";
import type { Throttle } from "../throttle.ts";
import { bearer, requireRole, unauthorized } from "./authorize.ts";
import { badRequest, errorBody, GraphError, notFound, unsupportedSegment } from "./graph-error.ts";
import type { GraphCall, GraphDeps } from "./graph-call.ts";
import { misbehave, tooMany } from "./misbehave.ts";
import { graphRoutes } from "./graph-routes.ts";

export interface GraphServerDeps extends GraphDeps {
  readonly throttle: Throttle;
  readonly readToken: (text: string) => Promise<AppToken>;
  /** Tokens issued before this instant are refused (a revoked session). */
  readonly tokensValidFromMs: () => number;
  readonly control: (call: Call) => Promise<void>;
}

/** Microsoft Graph: the parts that a backup of chats uses, v1.0 and beta alike. */
export function graphServer(
  deps: GraphServerDeps,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const routes = graphRoutes(deps);
  let turn = 0;
  return async (request, response) => {
    const requestId = randomUUID();
    const clientRequestId = String(request.headers["client-request-id"] ?? requestId);
    response.setHeader("request-id", requestId);
    response.setHeader("client-request-id", clientRequestId);
    response.setHeader(
      "x-ms-ags-diagnostic",
      '{"ServerInfo":{"DataCenter":"Simulator","Slice":"E","Ring":"0","ScaleUnit":"000","RoleInstance":"SIM0000000"}}',
    );
    response.setHeader("Cache-Control", "private");
    const kind = { value: "unknown" as PathKind };
    let ended = false;
    deps.stats.begin();
    response.once("close", () => {
      if (!ended) deps.stats.end(kind.value, response.statusCode);
      ended = true;
    });
    try {
      await answer(deps, routes, request, response, requestId, kind, turn++);
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      if (response.headersSent) return;
      const body = JSON.stringify(errorBody(error, requestId, clientRequestId, deps.now(), turn % 2 === 0));
      response.writeHead(error.status, { "Content-Type": "application/json", ...error.headers });
      response.end(body);
    }
  };
}

async function answer(
  deps: GraphServerDeps,
  routes: readonly Route<PathKind>[],
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  kind: { value: PathKind },
  turn: number,
): Promise<void> {
  const [path = "", search = ""] = (request.url ?? "/").split(/\?(.*)/s);
  const all = parsePath(path);
  const query = parseQuery(search);
  if (all === undefined || query === undefined) throw badRequest("The request URI is not valid.");
  const [version = "", ...segments] = all;
  const call = { request, response, segments, query, requestId, params: {}, version: "" } as const;
  if (version === "_simulator") {
    kind.value = "control";
    return deps.control(call);
  }
  if (version !== "v1.0" && version !== "beta") throw new GraphError(404, "BadRequest", `Invalid version: ${version}`);
  const text = bearer(header(call, "authorization"));
  const token = await deps.readToken(text).catch(() => {
    throw unauthorized("Lifetime validation failed, the token is expired, or its signature or audience is invalid.");
  });
  if (token.issuedAtMs < deps.tokensValidFromMs()) throw unauthorized("Access token has been revoked.");
  const found = match(routes, request.method ?? "GET", segments);
  if (found === undefined)
    throw segments[0] === "chats"
      ? notFound("Requested API is not supported. Please check the path.")
      : unsupportedSegment(segments[0] ?? "");
  if (found === "path")
    throw new GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.");
  kind.value = found.route.kind;
  deps.stats.count(found.route.kind);
  const fault = deps.faults.draw(found.route.kind, decodeURIComponent(path));
  if (fault) deps.stats.add("faults");
  requireRole(found.route.kind, token);
  passThrottle(deps, found.route.kind, token, found.params, turn);
  if (fault) await misbehave(fault, response, turn, deps.now());
  if (response.writableEnded || response.destroyed) return;
  await found.route.handler({ ...call, version, params: found.params, token, fault } as GraphCall);
}

function passThrottle(
  deps: GraphServerDeps,
  kind: PathKind,
  token: AppToken,
  params: Record<string, string>,
  turn: number,
): void {
  const waitS = deps.throttle.waitS({
    kind,
    appId: token.appId,
    tenantId: token.tenantId,
    chatId: params["chat"],
    userId: params["user"],
  });
  if (waitS > 0) {
    deps.stats.add("throttled");
    throw tooMany(retryAfter(waitS, turn, deps.now()));
  }
}
