import type { Call } from "../app/call.ts";
import type { RegisteredFunction } from "../app/core-api.ts";
import type { HttpCookie, HttpData } from "../app/functions-core.ts";
import { describeError, type HostLogger } from "../logger.ts";
import { emptyResponse, type HostRequest, type HostResponse } from "./message.ts";
import { compileRoute, type MatchRoute } from "./route.ts";

export interface HttpFunctionsOptions {
  readonly functions: Iterable<RegisteredFunction>;
  readonly routePrefix: string;
  readonly call: Call;
  readonly logger: HostLogger;
}

interface Route {
  readonly target: RegisteredFunction;
  readonly methods: ReadonlySet<string>;
  readonly match: MatchRoute;
}

/**
 * Answers with the app's HTTP functions. Of several that match, the first by name wins, whatever the templates say: so it
 * is on the real host.
 * @returns undefined when none matches
 */
export function createHttpFunctions(
  options: HttpFunctionsOptions,
): (request: HostRequest) => Promise<HostResponse> | undefined {
  const routes = [...options.functions]
    .filter(({ trigger }) => trigger.type === "httpTrigger")
    .sort(byName)
    .map(toRoute);
  const prefix = options.routePrefix === "" ? "/" : `/${options.routePrefix}/`;
  return (request) => {
    const path = request.url.pathname;
    if (!path.toLowerCase().startsWith(prefix.toLowerCase())) return undefined;
    for (const { target, methods, match } of routes) {
      const params = methods.has(request.method) ? match(path.slice(prefix.length)) : undefined;
      if (params !== undefined) return answer(options, target, request, params);
    }
    return undefined;
  };
}

/** Names are compared in capitals, by which `_` comes after the letters. */
const byName = (a: RegisteredFunction, b: RegisteredFunction): number =>
  a.metadata.name.toUpperCase() < b.metadata.name.toUpperCase() ? -1 : 1;

function toRoute(target: RegisteredFunction): Route {
  const { route, methods = ["GET", "POST"] } = target.trigger as { route?: string; methods?: readonly string[] };
  return {
    target,
    methods: new Set(methods.map((method) => method.toUpperCase())),
    match: compileRoute(route ?? target.metadata.name),
  };
}

async function answer(
  options: HttpFunctionsOptions,
  target: RegisteredFunction,
  request: HostRequest,
  params: Record<string, string>,
): Promise<HostResponse> {
  const { name } = target.metadata;
  try {
    const response = await options.call(target, { http: toHttpData(request, params) });
    return fromHttpData(response.returnValue?.http);
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : describeError(error);
    options.logger({ level: "error", category: `Function.${name}`, message });
    return emptyResponse(500);
  }
}

function toHttpData(request: HostRequest, params: Record<string, string>): HttpData {
  const query: Record<string, string> = {};
  for (const [name, value] of request.url.searchParams)
    query[name] = query[name] === undefined ? value : `${query[name]},${value}`;
  // Without a Content-Length the real host hands no body on.
  const hasBody = Number(request.headers["content-length"] ?? "0") > 0;
  return {
    method: request.method,
    url: request.url.href,
    headers: request.headers,
    params,
    query,
    body: hasBody ? { bytes: request.body } : null,
  };
}

function fromHttpData(data: HttpData | undefined): HostResponse {
  if (data === undefined) return emptyResponse(204);
  const cookies = (data.cookies ?? []).map(serializeCookie);
  const bytes = data.body?.bytes;
  return {
    status: Number(data.statusCode),
    headers: { ...data.headers, ...(cookies.length === 0 ? {} : { "set-cookie": cookies }) },
    ...(bytes === undefined ? {} : { body: bytes }),
  };
}

function serializeCookie(cookie: HttpCookie): string {
  const { name, value, domain, path, expires, maxAge, secure, httpOnly, sameSite } = cookie;
  const parts = [`${name}=${encodeURIComponent(value)}`];
  if (expires !== undefined) parts.push(`expires=${new Date(expires.value.seconds * 1000).toUTCString()}`);
  if (maxAge !== undefined) parts.push(`max-age=${maxAge.value}`);
  if (domain !== undefined) parts.push(`domain=${domain.value}`);
  parts.push(`path=${path?.value ?? "/"}`);
  if (secure?.value === true) parts.push("secure");
  if (typeof sameSite === "string" && sameSite !== "none") parts.push(`samesite=${sameSite.toLowerCase()}`);
  if (httpOnly?.value === true) parts.push("httponly");
  return parts.join("; ");
}
