import { readFile, readdir } from "node:fs/promises";
import { dirname } from "node:path";
import { TableServiceClient } from "@azure/data-tables";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import { type Person, type TestApi, startApi, tenantSetUp } from "../../support/api.ts";
import { startTrusted } from "../../support/simulator.ts";
import { simulated } from "../../support/settings.ts";

let simulator: Simulator;
let api: TestApi;
let organizationId: string;
let admin: Person;
let auditor: Person;
let path: string;
const answers: string[] = [];

beforeAll(async () => {
  simulator = await startTrusted();
  api = await startApi({
    ...simulated(simulator),
    PROVIDER_CLIENT_ID: simulator.tenant.providerClientId,
    PROVIDER_CLIENT_SECRET: simulator.tenant.providerClientSecret,
  });
  ({ organizationId, admin, auditor } = await tenantSetUp(api));
  path = `organizations/${organizationId}`;
});
afterAll(async () => {
  await api.stop();
  await simulator.stop();
});

const entered = (change: object = {}) => ({
  kind: "secret",
  tenantId: simulator.tenant.tenantId,
  clientId: simulator.tenant.clientId,
  clientSecret: simulator.tenant.clientSecret,
  ...change,
});
const ask: TestApi["ask"] = async (...asked) => {
  const answer = await api.ask(...asked);
  answers.push(answer.text, JSON.stringify([...answer.headers]));
  return answer;
};
const statuses = (checks: readonly { name: string; status: string }[]) =>
  Object.fromEntries(checks.map(({ name, status }) => [name, status]));

async function ended(id: string, person = admin) {
  for (let tries = 0; tries < 200; tries++) {
    const { body } = await api.ask(person, "GET", `operations/${id}`);
    if (body.status === "Completed" || body.status === "Failed") return body;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("The operation does not end");
}

test("before a connection there is nothing to read users through", async () => {
  expect((await ask(admin, "GET", `${path}/credentials`)).body).toMatchObject({ connected: false, kind: null });
  const refused = await ask(admin, "POST", `${path}/accounts/refresh`);
  expect(refused.body).toMatchObject({ status: 409, code: "credentials.not_connected" });
  expect((await ask(auditor, "GET", `${path}/credentials`)).status).toBe(403);
});

test("consent: a link that works once, and believes nothing but its own state", async () => {
  const { status, body } = await ask(admin, "POST", `${path}/reauthenticate`);
  expect(status).toBe(200);
  const url = new URL(body.consentUrl);
  expect(url.origin).toBe(simulator.authorityUrl);
  expect(url.searchParams.get("client_id")).toBe(simulator.tenant.providerClientId);
  expect(url.searchParams.get("redirect_uri")).toBe("http://localhost:7071/api/consent/callback");
  const back = async (query: Record<string, string>) => {
    const answer = await ask(undefined, "GET", `consent/callback?${new URLSearchParams(query)}`);
    expect(answer.status).toBe(302);
    const location = new URL(answer.headers.get("location") ?? "");
    expect(location.href.startsWith("http://localhost:7071/portal?")).toBe(true);
    return location.searchParams.get("consent");
  };
  const state = url.searchParams.get("state") ?? "";
  const good = { state, admin_consent: "True", tenant: "99999999-9999-4999-8999-999999999999" };
  const changed = state.slice(0, -2) + (state.endsWith("A") ? "BB" : "AA");
  expect(await back({ ...good, error: "access_denied" })).toBe("denied");
  expect(await back({ ...good, state: changed })).toBe("invalid");
  expect(await back({ admin_consent: "True" })).toBe("invalid");
  expect((await ask(admin, "GET", path)).body.consentedAt).toBeNull();
  expect(await back(good)).toBe("granted");
  expect(await back(good)).toBe("expired");
  expect((await ask(admin, "GET", path)).body).toMatchObject({
    consentedAt: expect.any(String),
    setup: { nextStep: "credentials" },
  });
  expect((await ask(admin, "GET", `${path}/credentials`)).body.tenantId).toBeNull();
});

test("what is wrong with a connection is said, and nothing of it is saved", async () => {
  const tested = await ask(admin, "POST", `${path}/credentials/test`, { body: entered() });
  expect(tested.body.saved).toBe(false);
  expect(statuses(tested.body.checks)).toMatchObject({ tenant: "ok", token: "ok", export: "ok" });
  for (const wrong of [
    { clientSecret: "not-the-secret-7391" },
    { clientSecret: simulator.tenant.expiredSecret },
    { tenantId: "99999999-9999-4999-8999-999999999999" },
    { clientId: "99999999-9999-4999-8999-999999999999" },
  ]) {
    const { status, body } = await ask(admin, "PUT", `${path}/credentials`, { body: entered(wrong) });
    expect(status).toBe(200);
    expect(body.saved, JSON.stringify(wrong)).toBe(false);
    expect(Object.values(statuses(body.checks))).toContain("failed");
  }
  expect((await ask(admin, "GET", `${path}/credentials`)).body.connected).toBe(false);
  for (const wrong of [
    entered({ clientSecret: undefined }),
    entered({ kind: "password" }),
    entered({ tenantId: "contoso.com" }),
    entered({ extra: 1 }),
    entered({ model: "C" }),
  ]) {
    expect((await ask(admin, "PUT", `${path}/credentials`, { body: wrong })).status).toBe(400);
  }
  const federated = await ask(admin, "PUT", `${path}/credentials`, { body: entered({ kind: "federated" }) });
  expect(federated.body).toMatchObject({ status: 409, code: "credentials.tenant_unproven" });
});

test("Test & Save keeps a good connection and reads the tenant's users", async () => {
  const saved = await ask(admin, "PUT", `${path}/credentials`, { body: entered() });
  expect(saved.body.saved).toBe(true);
  expect((await ask(admin, "GET", `${path}/credentials`)).body).toMatchObject({
    connected: true,
    kind: "secret",
    tenantId: simulator.tenant.tenantId,
  });
  // The refresh that saving started runs, or ran: asked again, both are the same to the caller.
  const started = await ask(admin, "POST", `${path}/accounts/refresh`);
  expect(started.status).toBe(202);
  expect(started.headers.get("location")).toBe(`/api/operations/${started.body.id}`);
  expect(await ended(started.body.id)).toMatchObject({ status: "Completed", result: { left: 0 } });
  const { body } = await ask(auditor, "GET", `${path}/accounts?top=500`);
  expect(body.items.length).toBeGreaterThanOrEqual(12);
  expect(new Set(body.items.map(({ status }: { status: string }) => status))).toContain("INACTIVE");
  expect((await ask(admin, "GET", path)).body.setup.nextStep).toBe("activation");
});

test("an operation is seen by who started it alone", async () => {
  const { body } = await ask(admin, "POST", `${path}/accounts/refresh`);
  expect((await ask(auditor, "GET", `operations/${body.id}`)).status).toBe(404);
  expect((await ask(admin, "GET", `operations/${"0".repeat(26)}`)).status).toBe(404);
  await ended(body.id);
});

test("many who refresh at once join one run, and each can ask about it", async () => {
  const others = await Promise.all(
    Array.from({ length: 4 }, () => api.person(["organization-admin", `organization:${organizationId}`])),
  );
  const started = await Promise.all(
    others.map(async (person) => ({
      person,
      id: (await ask(person, "POST", `${path}/accounts/refresh`)).body.id as string,
    })),
  );
  for (const { person, id } of started) expect(await ended(id, person)).toMatchObject({ status: "Completed" });
});

test("who leaves the tenant turns LEFT, keeps everything, and comes back as they were", async () => {
  const all = (await ask(admin, "GET", `${path}/accounts?top=500`)).body.items as {
    id: string;
    graphId: string;
    status: string;
  }[];
  const leaver = all.find(({ status }) => status === "INACTIVE");
  if (!leaver) throw new Error("No account");
  await ask(admin, "POST", `${path}/accounts/activate`, { body: { accountIds: [leaver.id] } });
  const refresh = async () => ended((await ask(admin, "POST", `${path}/accounts/refresh`)).body.id);
  for (const state of ["gone", "left"] as const) {
    simulator.mutate.setUserState(leaver.graphId, state);
    expect(await refresh()).toMatchObject({ status: "Completed" });
    expect((await ask(admin, "GET", `${path}/accounts/${leaver.id}`)).body.status).toBe("LEFT");
  }
  simulator.mutate.setUserState(leaver.graphId, "live");
  await refresh();
  expect((await ask(admin, "GET", `${path}/accounts/${leaver.id}`)).body.status).toBe("ACTIVE");
});

test("a saved secret need not be entered again for the same app", async () => {
  const again = await ask(admin, "PUT", `${path}/credentials`, {
    body: entered({ clientSecret: undefined, model: "A" }),
  });
  expect(again.body.saved).toBe(true);
  expect((await ask(admin, "GET", `${path}/credentials`)).body.model).toBe("A");
});

test("a refresh that the tenant refuses has failed with its code, and nobody left", async () => {
  const before = (await ask(admin, "GET", `${path}/accounts?top=500`)).body.items;
  // The one that saving started must be over: who asks meanwhile joins it.
  await ended((await ask(admin, "POST", `${path}/accounts/refresh`)).body.id);
  const roles = [...simulator.app.roles];
  simulator.app.roles = roles.filter((role) => !role.startsWith("User.Read"));
  simulator.invalidateTokens();
  const { body } = await ask(admin, "POST", `${path}/accounts/refresh`);
  expect(await ended(body.id)).toMatchObject({
    ...{ status: "Failed", result: null },
    error: {
      code: "graph.forbidden",
      text: expect.stringMatching(/permission/),
      remedy: expect.stringMatching(/consent/),
    },
  });
  simulator.app.roles = roles;
  simulator.invalidateTokens();
  expect((await ask(admin, "GET", `${path}/accounts?top=500`)).body.items).toEqual(before);
});

test("once a backup was asked for the tenant stays, its app and secret may change", async () => {
  const other = entered({ tenantId: "99999999-9999-4999-8999-999999999999" });
  expect((await ask(admin, "PUT", `${path}/credentials`, { body: other })).body.saved).toBe(false);
  expect((await ask(admin, "POST", `${path}/backups`, { body: { all: true } })).status).toBe(202);
  for (const [method, address] of [
    ["PUT", `${path}/credentials`],
    ["POST", `${path}/credentials/test`],
  ] as const) {
    const refused = await ask(admin, method, address, { body: other });
    expect(refused.body).toMatchObject({ status: 409, code: "credentials.other_tenant" });
    expect(refused.body.detail).toContain(simulator.tenant.tenantId);
  }
  expect((await ask(admin, "PUT", `${path}/credentials`, { body: entered() })).body.saved).toBe(true);
});

test("no secret is in an answer, a log line, a table, a history, or in clear in the file", async () => {
  const secrets = [simulator.tenant.clientSecret, simulator.tenant.expiredSecret, "not-the-secret-7391"];
  const tokens = [admin.token, api.operator.token];
  const file = await readFile(api.secretsFile, "utf8");
  expect(Object.keys(JSON.parse(file) as object)).toHaveLength(1);
  expect(await readdir(dirname(api.secretsFile))).toHaveLength(1);
  const rows: string[] = [];
  const service = TableServiceClient.fromConnectionString(api.azurite.connectionString, {
    allowInsecureConnection: true,
  });
  for await (const { name = "" } of service.listTables()) {
    for await (const row of api.data.table(name).listEntities()) rows.push(JSON.stringify(row));
  }
  expect(rows.length).toBeGreaterThan(10);
  const history = await fetch(`${api.url}/runtime/webhooks/durabletask/instances/?showInput=true`);
  const all = [...answers, ...api.lines, ...rows, await history.text(), file].join("\n");
  for (const secret of [...secrets, ...tokens]) expect(all.includes(secret)).toBe(false);
});
