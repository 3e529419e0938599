import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import { allPages, rawGraph, startTrusted } from "../../support/simulator.ts";

let simulator: Simulator;
let get: Awaited<ReturnType<typeof rawGraph>>;

beforeAll(async () => {
  simulator = await startTrusted({ sizes: { messages: 200, accounts: 40 } });
  get = await rawGraph(simulator);
});
afterEach(() => simulator.setFaults([]));
afterAll(() => simulator.stop());

const error = async (response: Response) =>
  ((await response.json()) as { error: { code: string; message: string } }).error;

test("pages hold every live user exactly once", async () => {
  const pages = await allPages<{ id: string }>(get, "/v1.0/users?$select=id&$top=7");
  expect(pages.map((p) => p.value.length)).toEqual([7, 7, 7, 7, 7, 5]);
  const live = simulator.query.accounts().filter((a) => a.state === "live");
  expect(new Set(pages.flatMap((p) => p.value.map((u) => u.id)))).toEqual(new Set(live.map((a) => a.id)));
});

test("the default properties omit accountEnabled, userType and licences", async () => {
  const [page] = await allPages<Record<string, unknown>>(get, "/v1.0/users");
  expect(Object.keys(page?.value[0] ?? {})).not.toContain("accountEnabled");
  expect(Object.keys(page?.value[0] ?? {})).not.toContain("assignedLicenses");
});

test.each([
  ["/v1.0/users?$skip=10", 400],
  ["/v1.0/users?$top=1000", 400],
  ["/v1.0/users?$top=0", 400],
  ["/v1.0/users?$select=id,nosuch", 400],
  ["/v1.0/users?$expand=manager", 400],
  ["/v1.0/users?$filter=assignedLicenses/$count ne 0", 400],
  ["/v1.0/users?$skiptoken=bm9uc2Vuc2U=", 400],
  ["/v1.0/users/nobody@nowhere.example", 404],
  ["/v1.0/me", 400],
  ["/v2.0/users", 404],
  ["/v1.0/users/%E0%A4%A", 400],
])("%s is refused with %i", async (path, status) => {
  const response = await get(path);
  expect(response.status).toBe(status);
  expect(await error(response)).toMatchObject({
    code: expect.any(String) as string,
    message: expect.any(String) as string,
  });
});

test("the licence count is an advanced query", async () => {
  const path =
    "/v1.0/users?$count=true&$select=id&$filter=accountEnabled eq true and userType eq 'Member' and assignedLicenses/$count ne 0";
  const response = await get(path, { ConsistencyLevel: "eventual" });
  const page = (await response.json()) as { "@odata.count": number; value: object[] };
  expect(page["@odata.count"]).toBe(page.value.length);
  expect(page.value.length).toBeGreaterThan(10);
});

test("those who left are in deletedItems and nowhere else", async () => {
  const left = simulator.query.accounts().find((a) => a.state === "left");
  expect((await get(`/v1.0/users/${left?.id}`)).status).toBe(404);
  const [page] = await allPages<{ id: string }>(get, "/v1.0/directory/deletedItems/microsoft.graph.user");
  expect(page?.value.map((u) => u.id)).toContain(left?.id);
});

test("a missing token is 401, and a token without the role 403 in the words of the workload", async () => {
  expect(await error(await fetch(`${simulator.graphUrl}/v1.0/users`))).toMatchObject({
    code: "InvalidAuthenticationToken",
  });
  expect(
    (await fetch(`${simulator.graphUrl}/v1.0/users`, { headers: { Authorization: "Bearer e30.e30.x" } })).status,
  ).toBe(401);
  simulator.app.roles = ["Files.Read.All"];
  const weak = await rawGraph(simulator);
  expect(await error(await weak("/v1.0/users"))).toMatchObject({ code: "Authorization_RequestDenied" });
  const account = simulator.query.accounts()[0];
  const refused = await error(await weak(`/v1.0/users/${account?.id}/chats/getAllMessages`));
  expect(refused).toMatchObject({ code: "Forbidden" });
  expect(refused.message).toContain(
    "API requires one of 'Chat.Read.All, Chat.ReadWrite.All'. Roles on the request 'Files.Read.All'",
  );
});

test("tokens that were revoked or have expired answer 401", async () => {
  simulator.app.roles = ["User.Read.All"];
  const client = await rawGraph(simulator);
  expect((await client("/v1.0/users")).status).toBe(200);
  simulator.invalidateTokens();
  expect((await client("/v1.0/users")).status).toBe(401);
  const renewed = await rawGraph(simulator);
  expect((await renewed("/v1.0/users")).status).toBe(200);
  simulator.advance(3_700_000);
  expect((await renewed("/v1.0/users")).status).toBe(401);
});

test("every answer carries request ids, and both spellings of the inner error occur", async () => {
  const spellings = new Set<string>();
  for (let n = 0; n < 4; n++) {
    const response = await fetch(`${simulator.graphUrl}/v1.0/users`, { headers: { "client-request-id": "mine" } });
    expect(response.headers.get("client-request-id")).toBe("mine");
    expect(response.headers.get("request-id")).toMatch(/^[0-9a-f-]{36}$/);
    const body = (await response.json()) as { error: object };
    for (const key of Object.keys(body.error)) spellings.add(key);
  }
  expect(spellings).toEqual(new Set(["code", "message", "innerError", "innererror"]));
});
