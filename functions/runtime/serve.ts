import type { HttpHandler, HttpRequest, HttpResponseInit, InvocationContext } from "@azure/functions";
import type { Grant, Principal, Role } from "../../shared/access/access.contract.ts";
import type { Target } from "../../shared/access/authorize.ts";
import type { KeyedRequest } from "../../shared/access/idempotency.ts";
import { AppError } from "../../shared/platform/errors.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import type { AccessRule } from "./access-rule.ts";
import type { Authenticate } from "./authenticate.ts";
import { createCall } from "./create-call.ts";
import type { Cursors } from "./cursors.ts";
import { invocationLogger } from "./invocation-logger.ts";
import { isFault, problem } from "./problem.ts";
import { check, readJson } from "./read-request.ts";
import type { Route } from "./route.ts";
import { toResponse } from "./to-response.ts";

/** What the frame around every route needs. */
export interface Frame {
  readonly authenticate: Authenticate;
  readonly authorize: (principal: Principal, target: Target, roles: readonly Role[]) => Promise<readonly Grant[]>;
  readonly once: (
    request: KeyedRequest,
    work: () => Promise<string>,
  ) => Promise<{ readonly answer: string; readonly repeated: boolean }>;
  readonly cursors: Cursors;
  readonly now: () => number;
}

/** The handler for one route: token, path, access, query, body, then the route itself; every error becomes a problem document.
 * What the caller may not see is refused before what they sent is looked at. */
export const serve =
  (route: Route, frame: Frame): HttpHandler =>
  async (request, context) => {
    const log = invocationLogger(context);
    const respond = async () => {
      const { caller, params, grants } = await admit(route, frame, request);
      const query = check(route.query, Object.fromEntries(request.query), "query");
      const body = route.method === "GET" ? undefined : check(route.body, await readJson(request), "body");
      const call = createCall({ route, frame, request, context, log, caller, params, grants, query, body });
      const answer = async () => toResponse(route, await route.handle(call));
      const key = request.headers.get("idempotency-key");
      if (!route.idempotent || key === null || !caller) return answer();
      return repeatable(frame, route, { caller, params, key, body }, answer);
    };
    const response = await respond().catch((error: unknown) => {
      note(log, error);
      return problem(error, context.invocationId, request.headers.has("if-match"), frame.now());
    });
    return { ...response, headers: { ...response.headers, ...always(context) } };
  };

async function admit(route: Route, frame: Frame, request: HttpRequest) {
  const caller = await authenticated(route.who, frame, request);
  const params = route.params ? route.params.safeParse(request.params) : { success: true, data: {} };
  if (!params.success) throw new AppError("not_found", "access.not_found", "There is no such thing");
  const ids = params.data as Readonly<Record<string, string>>;
  const grants =
    route.who.kind === "holder" && caller ? await frame.authorize(caller, target(route.who, ids), route.who.roles) : [];
  return { caller, params: ids, grants };
}

async function authenticated(who: AccessRule, frame: Frame, request: HttpRequest): Promise<Principal | undefined> {
  const header = request.headers.get("authorization");
  if (who.kind === "anyone" || (who.kind === "optional" && header === null)) return undefined;
  return frame.authenticate(header);
}

function target(who: Extract<AccessRule, { kind: "holder" }>, ids: Readonly<Record<string, string>>): Target {
  if (who.of === "platform") return { kind: "platform" };
  const id = ids[`${who.of}Id`];
  if (id === undefined) throw new AppError("internal", "route.no_scope", `The path holds no ${who.of}Id`);
  return who.of === "partner" ? { kind: "partner", partnerId: id } : { kind: "organization", organizationId: id };
}

interface Keyed {
  readonly caller: Principal;
  readonly params: Readonly<Record<string, string>>;
  readonly key: string;
  readonly body: unknown;
}

async function repeatable(frame: Frame, route: Route, keyed: Keyed, answer: () => Promise<HttpResponseInit>) {
  const { caller, params, key, body } = keyed;
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw new AppError("invalid", "idempotency.key", "An Idempotency-Key has 1 to 200 visible ASCII characters");
  }
  const request = {
    principalId: caller.id,
    key,
    route: JSON.stringify([route.name, params]),
    body: JSON.stringify(body),
  };
  const done = await frame.once(request, async () => JSON.stringify(await answer()));
  const response = JSON.parse(done.answer) as HttpResponseInit & { headers?: Record<string, string> };
  return done.repeated ? { ...response, headers: { ...response.headers, "idempotency-replayed": "true" } } : response;
}

function note(log: Logger, error: unknown): void {
  if (isFault(error)) log.error("http.failed", error, error instanceof AppError ? error.options.context : {});
  else if (error instanceof AppError) log.info("http.refused", { code: error.code, ...error.options.context });
}

const always = (context: InvocationContext) => ({
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "x-request-id": context.invocationId,
});
