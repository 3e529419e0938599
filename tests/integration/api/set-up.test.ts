import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestApi, startApi, tenantSetUp } from "../../support/api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const partnerOf = async (name = "Contoso Services") =>
  (await api.ask(api.operator, "POST", "partners", { body: { name } })).body.id as string;

test("a partner begins with the feature off; the operator switches it, the partner's admin may not", async () => {
  const created = await api.ask(api.operator, "POST", "partners", { body: { name: "  Contoso  " } });
  expect(created.status).toBe(201);
  expect(created.body).toMatchObject({ name: "Contoso", features: { privateChat: { enabled: false } } });
  const path = `partners/${created.body.id}`;
  expect(created.headers.get("location")).toBe(`/api/${path}`);
  const admin = await api.person(["partner-admin", `partner:${created.body.id}`]);
  expect((await api.ask(admin, "GET", path)).body).toEqual(created.body);
  const refused = await api.ask(admin, "PUT", `${path}/features/private-chat`, { body: { enabled: true } });
  expect([refused.status, refused.body.code]).toEqual([403, "access.forbidden"]);
  expect((await api.ask(admin, "GET", "partners")).body).toEqual({ items: [created.body], nextCursor: null });
  expect((await api.ask(await api.person(), "GET", "partners")).status).toBe(403);
  expect((await api.ask(admin, "POST", "partners", { body: { name: "x" } })).status).toBe(403);
  const on = await api.ask(api.operator, "PUT", `${path}/features/private-chat`, { body: { enabled: true } });
  expect(on.body.features).toEqual({ privateChat: { enabled: true } });
});

test("partners are listed page by page, each once", async () => {
  const ids = new Set<string>();
  for (let i = 0; i < 5; i++) ids.add(await partnerOf(`Partner ${i}`));
  const seen: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const { body } = await api.ask(api.operator, "GET", `partners?top=2${query}`);
    seen.push(...body.items.map(({ id }: { id: string }) => id));
    cursor = body.nextCursor;
  }
  expect(new Set(seen).size).toBe(seen.length);
  for (const id of ids) expect(seen).toContain(id);
});

test("the way to a working feature: partner, plan, organization, each refusal with its reason", async () => {
  const partnerId = await partnerOf();
  const admin = await api.person(["partner-admin", `partner:${partnerId}`]);
  const created = await api.ask(admin, "POST", `partners/${partnerId}/organizations`, {
    body: { name: "Fabrikam", plan: "Backup" },
  });
  expect(created.status).toBe(201);
  const path = `organizations/${created.body.id}`;
  const feature = `${path}/features/private-chat`;
  expect(created.body).toMatchObject({
    partnerId,
    plan: "Backup",
    setup: { state: "incomplete", nextStep: "partnerFeature" },
  });
  const on = () => api.ask(admin, "PUT", feature, { body: { enabled: true } });

  expect((await on()).body).toMatchObject({ status: 409, code: "feature.partner_disabled" });
  await api.ask(api.operator, "PUT", `partners/${partnerId}/features/private-chat`, { body: { enabled: true } });
  expect((await on()).body).toMatchObject({ status: 409, code: "plan.archiver_required" });
  const planned = await api.ask(admin, "PATCH", path, { body: { plan: "Archiver" } });
  expect(planned.body.setup).toMatchObject({ nextStep: "organizationFeature" });
  expect((await on()).body).toMatchObject({
    features: { privateChat: { enabled: true, working: true } },
    setup: { nextStep: "reauthenticate" },
  });

  await api.ask(api.operator, "PUT", `partners/${partnerId}/features/private-chat`, { body: { enabled: false } });
  const after = await api.ask(admin, "GET", path);
  expect(after.body).toMatchObject({
    features: { privateChat: { enabled: true, working: false } },
    setup: { nextStep: "partnerFeature" },
    health: { state: "off" },
  });
  const steps = after.body.setup.steps as { name: string; state: string; reason: string | null }[];
  expect(steps[0]).toMatchObject({ name: "partnerFeature", state: "open", reason: expect.stringMatching(/partner/) });
  for (const { state, reason } of steps) expect(reason === null).toBe(state === "done");
});

test("settings are changed one by one and checked", async () => {
  const { organizationId, admin, auditor, partnerAdmin } = await tenantSetUp(api);
  const path = `organizations/${organizationId}`;
  const change = {
    name: "New name",
    schedule: { hour: 23, timeZone: "Europe/Berlin" },
    preview: true,
    retention: { days: 365 },
    autoActivate: { mode: "all" },
  };
  expect((await api.ask(admin, "PATCH", path, { body: change })).body).toMatchObject(change);
  expect((await api.ask(auditor, "GET", path)).body).toMatchObject(change);
  expect((await api.ask(admin, "PATCH", path, { body: { retention: { days: null } } })).body.retention).toEqual({
    days: null,
  });
  for (const wrong of [
    { schedule: { hour: 24, timeZone: "UTC" } },
    { schedule: { hour: 1, timeZone: "Mars/Olympus" } },
    { schedule: { hour: 1, timeZone: "UTC", minute: 2 } },
    { retention: { days: 0 } },
    { autoActivate: { mode: "group" } },
    { autoActivate: { mode: "all", groupId: "11111111-1111-4111-8111-111111111111" } },
    { plan: "Gold" },
    { preview: "yes" },
    { organizationId: "x" },
  ]) {
    const { status, text } = await api.ask(admin, "PATCH", path, { body: wrong });
    expect(status, text).toBe(400);
  }
  expect((await api.ask(admin, "PATCH", path, { body: { plan: "Backup" } })).status).toBe(403);
  expect((await api.ask(auditor, "PATCH", path, { body: { name: "x" } })).status).toBe(403);
  expect((await api.ask(admin, "PUT", `${path}/features/private-chat`, { body: { enabled: false } })).status).toBe(403);
  expect((await api.ask(partnerAdmin, "PATCH", path, { body: { plan: "Backup" } })).status).toBe(200);
});

test("a change may name the version it is made from", async () => {
  const { organizationId, admin } = await tenantSetUp(api);
  const path = `organizations/${organizationId}`;
  const etag = (await api.ask(admin, "GET", path)).headers.get("etag") ?? "";
  expect(etag).toMatch(/^"\w+"$/);
  const named = (name: string, tag: string) =>
    api.ask(admin, "PATCH", path, { body: { name }, headers: { "if-match": tag } });
  const first = await named("First", etag);
  expect(first.status).toBe(200);
  expect([(await named("Second", etag)).status, (await named("Second", etag)).body.code]).toEqual([
    412,
    "precondition_failed",
  ]);
  expect((await named("Third", first.headers.get("etag") ?? "")).status).toBe(200);
  expect((await named("Fourth", "*")).status).toBe(200);
  const race = await Promise.all(
    Array.from({ length: 8 }, (_, i) => api.ask(admin, "PATCH", path, { body: { name: `R${i}` } })),
  );
  for (const { status, body } of race) expect(status === 200 || body.code === "conflict").toBe(true);
  expect(race.some(({ status }) => status === 200)).toBe(true);
});

test("the same Idempotency-Key creates once, also at the same moment, for each person and path", async () => {
  const partnerId = await partnerOf();
  const [one, other] = [
    await api.person(["partner-admin", `partner:${partnerId}`]),
    await api.person(["partner-admin", `partner:${partnerId}`]),
  ];
  const path = `partners/${partnerId}/organizations`;
  const create = (person = one, name = "Same", key = "key-1") =>
    api.ask(person, "POST", path, { body: { name, plan: "Archiver" }, headers: { "idempotency-key": key } });
  const racing = await Promise.all(Array.from({ length: 10 }, () => create()));
  expect(new Set(racing.map(({ status }) => status))).toEqual(new Set([201]));
  expect(new Set(racing.map(({ text }) => text)).size).toBe(1);
  expect(racing.filter(({ headers }) => headers.get("idempotency-replayed") === "true")).toHaveLength(9);
  expect(new Set(racing.map(({ headers }) => headers.get("etag"))).size).toBe(1);
  expect((await create(one, "Another body")).body).toMatchObject({ status: 409, code: "idempotency.key_reused" });
  expect((await create(other)).headers.get("idempotency-replayed")).toBeNull();
  expect((await create(one, "Same", "x".repeat(201))).status).toBe(400);
  expect((await api.ask(one, "GET", path)).body.items).toHaveLength(2);
});

test("an invitation works once, for seven days, and gives exactly its role", async () => {
  const { organizationId, partnerId, admin, partnerAdmin, auditor } = await tenantSetUp(api);
  const path = `organizations/${organizationId}/grants`;
  const invited = await api.ask(admin, "POST", path, { body: { email: "a@example.com", role: "auditor" } });
  expect(invited.status).toBe(201);
  const code = new URL(invited.body.link).hash.replace("#invitation=", "");
  expect(code.length).toBeGreaterThanOrEqual(43);
  const guest = await api.person();
  expect((await api.ask(guest, "GET", `organizations/${organizationId}`)).status).toBe(404);
  const accepted = await api.ask(guest, "POST", "invitations", { body: { code } });
  expect(accepted.body).toMatchObject({ role: "auditor", scope: `organization:${organizationId}`, state: "active" });
  expect((await api.ask(guest, "POST", "invitations", { body: { code } })).body).toMatchObject({
    id: accepted.body.id,
  });
  const thief = await api.person();
  expect((await api.ask(thief, "POST", "invitations", { body: { code } })).body.code).toBe("invitation.not_found");
  expect((await api.ask(thief, "POST", "invitations", { body: { code: "x" } })).status).toBe(404);
  expect((await api.ask(guest, "GET", `organizations/${organizationId}`)).status).toBe(200);
  expect((await api.ask(guest, "POST", path, { body: { email: "b@example.com", role: "auditor" } })).status).toBe(403);
  const listed = (await api.ask(auditor, "GET", path)).body.items as { id: string }[];
  expect(listed.map(({ id }) => id)).toContain(accepted.body.id);
  expect((await api.ask(admin, "DELETE", `${path}/${accepted.body.id}`)).status).toBe(204);
  expect((await api.ask(admin, "DELETE", `${path}/${accepted.body.id}`)).status).toBe(404);
  expect((await api.ask(guest, "GET", `organizations/${organizationId}`)).status).toBe(404);
  // A role is offered only where it exists, and an invitation is revoked only in its own scope.
  for (const role of ["operator", "partner-admin"]) {
    expect((await api.ask(admin, "POST", path, { body: { email: "c@example.com", role } })).body.code).toBe(
      "grant.role",
    );
  }
  const open = await api.ask(partnerAdmin, "POST", `partners/${partnerId}/grants`, {
    body: { email: "d@example.com", role: "partner-admin" },
  });
  expect((await api.ask(admin, "DELETE", `${path}/${open.body.id}`)).status).toBe(404);
  expect((await api.ask(partnerAdmin, "DELETE", `partners/${partnerId}/grants/${open.body.id}`)).status).toBe(204);
  const late = new URL(open.body.link).hash.replace("#invitation=", "");
  expect((await api.ask(guest, "POST", "invitations", { body: { code: late } })).status).toBe(404);
});

test("grants are paged, open invitations behind them", async () => {
  const { organizationId, admin } = await tenantSetUp(api);
  const path = `organizations/${organizationId}/grants`;
  const emails = ["a@example.com", "b@example.com", "c@example.com"];
  for (const email of emails) await api.ask(admin, "POST", path, { body: { email, role: "auditor" } });
  const states: string[] = [];
  let query = "top=2";
  for (;;) {
    const { body } = await api.ask(admin, "GET", `${path}?${query}`);
    states.push(...body.items.map(({ state }: { state: string }) => state));
    if (body.nextCursor === null) break;
    query = `top=2&cursor=${body.nextCursor}`;
  }
  expect(states).toEqual(["active", "active", "invited", "invited", "invited"]);
});
