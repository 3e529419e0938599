import { z } from "zod";
import { type ZodOpenApiOperationObject, type ZodOpenApiPathsObject, createDocument } from "zod-openapi";
import type { Route } from "./route.ts";

const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string().meta({ description: "Stable; what programs decide on" }),
    requestId: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: "Problem" });

/** The API's description, from the schemas that check the requests. */
export function openApi(routes: readonly Route[], version: string) {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = `/api/${route.path}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return createDocument(
    {
      openapi: "3.1.0",
      info: { title: "teams-chat-vault", version },
      paths,
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } } },
    },
    { allowEmptySchema: { unknown: true } },
  );
}

function operation(route: Route): ZodOpenApiOperationObject {
  const { params, query } = route;
  return {
    operationId: route.name,
    summary: route.summary,
    security:
      route.who.kind === "anyone" ? [] : route.who.kind === "optional" ? [{}, { bearer: [] }] : [{ bearer: [] }],
    ...(route.who.kind === "holder" ? { "x-roles": route.who.roles } : {}),
    requestParams: {
      ...(params instanceof z.ZodObject ? { path: params } : {}),
      ...(query instanceof z.ZodObject ? { query } : {}),
      ...(route.idempotent ? { header: z.object({ "Idempotency-Key": z.string().max(200).optional() }) } : {}),
    },
    ...(route.body ? { requestBody: { required: true, content: { "application/json": { schema: route.body } } } } : {}),
    responses: Object.fromEntries([
      ...Object.entries(route.responses).map(([status, shape]) => [status, described(status, shape, route.produces)]),
      ["default", { description: "A problem", content: { "application/problem+json": { schema: problem } } }],
    ]),
  };
}

const WORDS: Readonly<Record<string, string>> = {
  200: "Done",
  201: "Created",
  202: "Started",
  204: "Done",
  302: "Go on",
};

const described = (status: string, shape: z.ZodType | null, other?: string) => ({
  description: WORDS[status] ?? status,
  ...(shape
    ? {
        content: {
          "application/json": { schema: shape },
          ...(other === undefined ? {} : { [other]: { schema: z.string() } }),
        },
      }
    : {}),
});
