import { UnsecuredJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestApi, startApi, tenantSetUp } from "../../support/api.ts";
import { TENANT } from "../../support/issuer.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

test("health is open, tells its dependencies to who has a token, and refuses a bad token", async () => {
  expect((await api.ask(undefined, "GET", "health")).body).toEqual({ status: "ok", version: expect.any(String) });
  expect((await api.ask(api.operator, "GET", "health")).body).toMatchObject({ dependencies: { storage: "ok" } });
  expect((await api.ask("a.b.c", "GET", "health")).status).toBe(401);
});

test("the API describes itself", async () => {
  const { status, body } = await api.ask(undefined, "GET", "openapi.json");
  expect(status).toBe(200);
  expect(body.openapi).toBe("3.1.0");
  expect(Object.keys(body.paths)).toContain("/api/organizations/{organizationId}/accounts/{accountId}");
  expect(body.paths["/api/partners"].post.requestBody.content["application/json"].schema.required).toEqual(["name"]);
});

test("me is the person of the token and their grants", async () => {
  const person = await api.person(["auditor", "partner:someone"]);
  const { body } = await api.ask(person, "GET", "me");
  expect(body).toEqual({
    id: expect.stringMatching(/^[0-9a-z]{26}$/),
    name: "Test Person",
    grants: [{ role: "auditor", scope: "partner:someone" }],
  });
  expect((await api.ask(api.operator, "GET", "me")).body.grants).toEqual([{ role: "operator", scope: "platform" }]);
});

test("no token, and every kind of bad token, is a 401 problem", async () => {
  const seconds = Math.floor(Date.now() / 1_000);
  const unsigned = new UnsecuredJWT({ iss: api.issuer.issuer.replace("{tenantid}", TENANT), tid: TENANT, oid: TENANT });
  const tokens = {
    none: undefined,
    garbage: "x.y.z",
    expired: await api.issuer.token({ exp: seconds - 100 }),
    audience: await api.issuer.token({ aud: "https://graph.microsoft.com" }),
    forged: await api.issuer.forged(),
    unsigned: unsigned.setAudience(api.issuer.audience).setExpirationTime("1h").encode(),
  };
  for (const [name, token] of Object.entries(tokens)) {
    const { status, headers, body } = await api.ask(token, "GET", "me");
    expect(status, name).toBe(401);
    expect(headers.get("content-type"), name).toContain("application/problem+json");
    expect(headers.get("www-authenticate"), name).toBe("Bearer");
    expect(body, name).toMatchObject({ code: "access.unauthenticated", status: 401, requestId: expect.any(String) });
  }
});

test("every route with a scope answers foreign, unknown and malformed ids alike, with 404", async () => {
  const [mine, theirs] = [await tenantSetUp(api), await tenantSetUp(api)];
  const { body: description } = await api.ask(undefined, "GET", "openapi.json");
  const foreign = { organizationId: theirs.organizationId, partnerId: theirs.partnerId };
  const unknown = { organizationId: "0".repeat(26), partnerId: "0".repeat(26) };
  const malformed = { organizationId: "Nobody%27s", partnerId: "a%20b" };
  let asked = 0;
  for (const [path, methods] of Object.entries<Record<string, { "x-roles"?: string[] }>>(description.paths)) {
    if (!/\{(organizationId|partnerId)\}/.test(path)) continue;
    for (const method of Object.keys(methods)) {
      for (const ids of [foreign, unknown, malformed]) {
        const filled = path
          .replace("/api/", "")
          .replace("{organizationId}", ids.organizationId)
          .replace("{partnerId}", ids.partnerId)
          .replace(/\{\w+\}/g, "0".repeat(26));
        for (const person of [mine.partnerAdmin, mine.admin]) {
          // A body is sent that no route takes: what may not be seen is refused before.
          const sent = method === "get" ? {} : { body: { unknown: true } };
          const { status } = await api.ask(person, method.toUpperCase(), filled, sent);
          expect(status, `${method} ${filled}`).toBe(404);
          asked++;
        }
      }
    }
  }
  expect(asked).toBeGreaterThan(100);
});

test("a body that is not JSON, of another type, of wrong types, unknown or too large changes nothing", async () => {
  const before = (await api.ask(api.operator, "GET", "partners?top=500")).body.items.length;
  const wrong = [
    [400, "request.json", { raw: "{" }],
    [400, "request.json", { raw: Buffer.from([0x22, 0xff, 0x22]) }],
    [400, "request.content_type", { raw: "name=x", headers: { "content-type": "application/x-www-form-urlencoded" } }],
    [400, "request.body", {}],
    [400, "request.body", { body: [] }],
    [400, "request.body", { body: { name: 7 } }],
    [400, "request.body", { body: { name: " " } }],
    [400, "request.body", { body: { name: "x".repeat(201) } }],
    [400, "request.body", { body: { name: "a\u0000b" } }],
    [400, "request.body", { body: { name: "x", privateChat: true } }],
    [413, "request.too_large", { body: { name: "x".repeat(1_100_000) } }],
  ] as const;
  for (const [status, code, ask] of wrong) {
    const answer = await api.ask(api.operator, "POST", "partners", ask);
    expect(answer.status, answer.text).toBe(status);
    expect(answer.body, answer.text).toMatchObject({ code });
  }
  const unknown = await api.ask(api.operator, "POST", "partners", { body: { name: "x", extra: 1 } });
  expect(unknown.body.errors).toEqual([{ path: "extra", message: "is not known here" }]);
  expect((await api.ask(api.operator, "GET", "partners?top=500")).body.items).toHaveLength(before);
});

test("a query with unknown or wrong values is refused, and says what it must be", async () => {
  const range = "must be a whole number from 1 to 500";
  const wrong = [
    ...["top=0", "top=-1", "top=501", "top=1e9", "top=abc", "top=", "top=1&top=2"].map(
      (query) => [query, "top", range] as const,
    ),
    ["cursor=abc", "cursor", "is not from this list"],
    [`cursor=${"x".repeat(3_000)}`, "cursor", "is not from this list"],
    ["unknown=1", "unknown", "is not known here"],
  ] as const;
  for (const [query, path, message] of wrong) {
    const { status, body } = await api.ask(api.operator, "GET", `partners?${query}`);
    expect(status, query).toBe(400);
    expect(body.errors, query).toEqual([{ path, message }]);
  }
});

test("a cursor moves its own list alone: not another route's, another organization's, or one that was changed", async () => {
  const [mine, theirs] = [await tenantSetUp(api), await tenantSetUp(api)];
  const invite = { body: { email: "a@example.com", role: "auditor" } };
  const grants = `organizations/${mine.organizationId}/grants`;
  for (let i = 0; i < 3; i++) await api.ask(mine.admin, "POST", grants, invite);
  const cursor = (await api.ask(mine.admin, "GET", `${grants}?top=1`)).body.nextCursor as string;
  expect((await api.ask(mine.admin, "GET", `${grants}?top=2&cursor=${cursor}`)).body.items).toHaveLength(2);
  const flipped = `${cursor.slice(0, -2)}${cursor.at(-2) === "A" ? "B" : "A"}${cursor.at(-1)}`;
  const foreign = [
    [mine.admin, `${grants}?cursor=${flipped}`],
    [mine.admin, `organizations/${mine.organizationId}/accounts?cursor=${cursor}`],
    [theirs.admin, `organizations/${theirs.organizationId}/grants?cursor=${cursor}`],
  ] as const;
  for (const [person, path] of foreign) {
    const { status, headers, body } = await api.ask(person, "GET", path);
    expect([status, body.code], path).toEqual([400, "cursor.invalid"]);
    expect(headers.get("content-type"), path).toContain("application/problem+json");
  }
});

test("answers are not stored by anybody and carry the id of the request", async () => {
  const { headers } = await api.ask(api.operator, "GET", "me");
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("x-request-id")).toMatch(/\S/);
});
