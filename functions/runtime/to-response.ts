import type { HttpResponseInit } from "@azure/functions";
import { AppError } from "../../shared/platform/errors.ts";
import { etagOf } from "./etag.ts";
import type { Reply, Responses, Route } from "./route.ts";

/** Checks a route's reply against its description. A reply that does not fit is a bug: it is not sent. */
export function toResponse(route: Route, reply: Reply<Responses>): HttpResponseInit {
  const shape = route.responses[reply.status];
  if (shape === undefined) throw new AppError("internal", "route.reply", `${route.name} has no answer ${reply.status}`);
  const headers = {
    ...reply.headers,
    ...(reply.version === undefined ? {} : { etag: etagOf(reply.version) }),
    ...(reply.location === undefined ? {} : { location: reply.location }),
  };
  if (reply.raw) {
    return {
      status: reply.status,
      headers: { ...headers, "content-type": reply.raw.contentType },
      body: reply.raw.content,
    };
  }
  return {
    status: reply.status,
    headers,
    ...(shape ? { jsonBody: shape.parse("body" in reply ? reply.body : undefined) } : {}),
  };
}
