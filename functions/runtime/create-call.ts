import type { HttpRequest, InvocationContext } from "@azure/functions";
import type { z } from "zod";
import type { Grant, Principal } from "../../shared/access/access.contract.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import type { Cursors } from "./cursors.ts";
import { durableStarter } from "./durable-starter.ts";
import { checkIfMatch } from "./etag.ts";
import type { Route } from "./route.ts";

export interface Checked {
  readonly route: Route;
  readonly frame: { readonly cursors: Cursors };
  readonly request: HttpRequest;
  readonly context: InvocationContext;
  readonly log: Logger;
  readonly caller: Principal | undefined;
  readonly params: unknown;
  readonly grants: readonly Grant[];
  readonly query: unknown;
  readonly body: unknown;
}

/** What a route's `handle` is given; see `Call`. */
export function createCall({ route, frame, request, context, log, caller, params, grants, query, body }: Checked) {
  const { cursor, top: _, ...filters } = (query ?? {}) as Record<string, unknown>;
  const list = JSON.stringify([route.name, params, filters]);
  return {
    params,
    query,
    body,
    caller,
    grants,
    log,
    requestId: context.invocationId,
    durable: durableStarter(context),
    header: (name: string) => request.headers.get(name),
    expect: (version: string) => checkIfMatch(request.headers.get("if-match"), version),
    position: <T>(schema: z.ZodType<T>) =>
      typeof cursor === "string" ? frame.cursors.open(list, cursor, schema) : undefined,
    cursor: (position: unknown) =>
      position === undefined || position === null ? null : frame.cursors.seal(list, position),
  };
}
