import { z } from "zod";
import { ANYONE } from "../runtime/access-rule.ts";
import { openApi } from "../runtime/open-api.ts";
import { type Route, route } from "../runtime/route.ts";

/** The OpenAPI document of these routes and of itself, made once, at the first request. */
export function describeApiRoute(routes: readonly Route[], version: string): Route {
  let document: object | undefined;
  const self: Route = route({
    name: "describeApi",
    method: "GET",
    path: "openapi.json",
    summary: "This description",
    who: ANYONE,
    responses: { 200: z.looseObject({}) },
    async handle() {
      document ??= openApi([...routes, self], version);
      return { status: 200, body: { ...document } };
    },
  });
  return self;
}
