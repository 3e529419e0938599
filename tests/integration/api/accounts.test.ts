import { afterAll, beforeAll, expect, test } from "vitest";
import type { AccountStore } from "../../../shared/accounts/account-store.ts";
import { accountTable } from "../../../shared/storage/account-table.ts";
import { someAccount, someAccounts } from "../../support/accounts.ts";
import { type Person, type TestApi, startApi, tenantSetUp } from "../../support/api.ts";

let api: TestApi;
let store: AccountStore;
beforeAll(async () => {
  api = await startApi();
  store = accountTable(api.data.table("accounts"), Date.now);
});
afterAll(() => api.stop());

async function seeded(count: number) {
  const tenant = await tenantSetUp(api);
  const accounts = someAccounts(tenant.organizationId, count);
  await store.write(tenant.organizationId, accounts);
  return { ...tenant, accounts, path: `organizations/${tenant.organizationId}/accounts` };
}

interface Shown {
  readonly id: string;
  readonly displayName: string;
  readonly status: string;
}

async function walk(person: Person, path: string, query: string): Promise<Shown[]> {
  const items: Shown[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const { status, body }: { status: number; body: { items: Shown[]; nextCursor: string | null } } = await api.ask(
      person,
      "GET",
      `${path}?${query}${cursor === "" ? "" : `&cursor=${cursor}`}`,
    );
    expect(status).toBe(200);
    items.push(...body.items);
    cursor = body.nextCursor;
  }
  return items;
}

test("an account shows what is known of it; a foreign organization's is unknown", async () => {
  const [mine, theirs] = [await seeded(2), await seeded(1)];
  const [first] = mine.accounts;
  const { body, headers } = await api.ask(mine.auditor, "GET", `${mine.path}/${first?.accountId}`);
  expect(body).toEqual({
    id: first?.accountId,
    graphId: first?.graphId,
    displayName: "Person 0",
    userPrincipalName: "person0@example.com",
    status: "INACTIVE",
    legalHold: false,
    lastBackup: null,
    firstMessageAt: null,
    lastMessageAt: null,
    messages: 0,
    storedBytes: 0,
  });
  expect(headers.get("etag")).toMatch(/^"/);
  expect((await api.ask(mine.admin, "GET", `${mine.path}/${theirs.accounts[0]?.accountId}`)).status).toBe(404);
});

test("legal hold is set and lifted, against the version read", async () => {
  const { admin, auditor, accounts, path } = await seeded(1);
  const one = `${path}/${accounts[0]?.accountId}`;
  const etag = (await api.ask(admin, "GET", one)).headers.get("etag") ?? "";
  const held = await api.ask(admin, "PATCH", one, { body: { legalHold: true }, headers: { "if-match": etag } });
  expect([held.status, held.body.legalHold]).toEqual([200, true]);
  expect(
    (await api.ask(admin, "PATCH", one, { body: { legalHold: false }, headers: { "if-match": etag } })).status,
  ).toBe(412);
  expect((await api.ask(auditor, "PATCH", one, { body: { legalHold: false } })).status).toBe(403);
  for (const body of [{}, { legalHold: "no" }, { legalHold: false, status: "ACTIVE" }]) {
    expect((await api.ask(admin, "PATCH", one, { body })).status).toBe(400);
  }
});

test("accounts are activated and deactivated, counted, and not at all when one is unknown", async () => {
  const { admin, auditor, accounts, path, organizationId } = await seeded(300);
  const ids = accounts.map(({ accountId }) => accountId);
  const activate = (body: object, person = admin) => api.ask(person, "POST", `${path}/activate`, { body });
  expect((await activate({ accountIds: ids.slice(0, 2) })).body).toEqual({ changed: 2, unchanged: 0 });
  expect((await activate({ accountIds: [...ids.slice(0, 3), ids[0]] })).body).toEqual({ changed: 1, unchanged: 2 });
  for (const unknown of [["0".repeat(26)], [...ids.slice(5, 150), "1".repeat(26)]]) {
    const refused = await activate({ accountIds: [...ids.slice(10, 12), ...unknown] });
    expect([refused.status, refused.body.code]).toEqual([400, "accounts.unknown"]);
  }
  expect(await walk(admin, path, "status=ACTIVE")).toHaveLength(3);
  expect((await activate({ all: true })).body).toEqual({ changed: 297, unchanged: 3 });
  expect((await api.ask(admin, "GET", `organizations/${organizationId}`)).body).toMatchObject({
    setup: { steps: expect.anything() },
  });
  expect(
    (await api.ask(admin, "POST", `${path}/deactivate`, { body: { accountIds: ids.slice(0, 100) } })).body,
  ).toEqual({ changed: 100, unchanged: 0 });
  expect((await api.ask(admin, "POST", `${path}/deactivate`, { body: { all: true } })).body).toEqual({
    changed: 200,
    unchanged: 100,
  });
  for (const body of [
    {},
    { accountIds: [] },
    { all: false },
    { all: true, accountIds: ids },
    { accountIds: "all" },
    { accountIds: [ids[0], "nobody"] },
    { accountIds: ["../x", "~revision"] },
    [],
  ]) {
    expect((await activate(body)).status, JSON.stringify(body)).toBe(400);
  }
  expect((await activate({ all: true }, auditor)).status).toBe(403);
});

test("the feature must be on to activate; to deactivate it need not", async () => {
  const { admin, partnerAdmin, accounts, path, organizationId, partnerId } = await seeded(1);
  const ids = { accountIds: [accounts[0]?.accountId] };
  const code = async () => (await api.ask(admin, "POST", `${path}/activate`, { body: ids })).body.code as string;
  await api.ask(partnerAdmin, "PUT", `organizations/${organizationId}/features/private-chat`, {
    body: { enabled: false },
  });
  expect(await code()).toBe("feature.disabled");
  await api.ask(api.operator, "PUT", `partners/${partnerId}/features/private-chat`, { body: { enabled: false } });
  expect(await code()).toBe("feature.partner_disabled");
  expect((await api.ask(admin, "POST", `${path}/deactivate`, { body: ids })).status).toBe(200);
});

test("paused stays paused, and who left stays inactive after a deactivation", async () => {
  const { admin, path, organizationId } = await seeded(1);
  const paused = someAccount(organizationId, 101, { status: "PAUSED" });
  const left = someAccount(organizationId, 102, { status: "LEFT", formerStatus: "ACTIVE" });
  await store.write(organizationId, [paused, left]);
  expect((await api.ask(admin, "POST", `${path}/activate`, { body: { all: true } })).body).toEqual({
    changed: 1,
    unchanged: 2,
  });
  expect((await api.ask(admin, "POST", `${path}/deactivate`, { body: { all: true } })).body).toEqual({
    changed: 3,
    unchanged: 0,
  });
  expect(await store.find(organizationId, left.accountId)).toMatchObject({ status: "LEFT", formerStatus: "INACTIVE" });
});

test("of more accounts than are named one by one it is said how many are refused, or unknown", async () => {
  const { admin, path, organizationId } = await seeded(1);
  const left = Array.from({ length: 101 }, (_, at) =>
    someAccount(organizationId, 200 + at, { status: "LEFT", formerStatus: "ACTIVE" }),
  );
  await store.write(organizationId, left);
  const activate = (accountIds: string[]) => api.ask(admin, "POST", `${path}/activate`, { body: { accountIds } });
  const { body } = await activate(left.map(({ accountId }) => accountId));
  expect([body.refused.length, body.refusedCount]).toEqual([100, 101]);
  expect((await activate(left.slice(0, 1).map(({ accountId }) => accountId))).body.refusedCount).toBe(1);
  const nobody = Array.from({ length: 1_234 }, (_, at) => String(at).padStart(26, "0"));
  const { body: many } = await activate(nobody);
  expect([many.code, many.errors.length]).toEqual(["accounts.unknown", 100]);
  expect(many.detail).toBe(
    "1,234 of these accounts are unknown, of which the first 100 are named; nothing was changed",
  );
  expect((await activate(nobody.slice(0, 100))).body.detail).toBe(
    "100 of these accounts are unknown; nothing was changed",
  );
  expect((await activate(nobody.slice(0, 1))).body.detail).toBe("1 of these accounts is unknown; nothing was changed");
});

test("activations at the same time lose nothing", async () => {
  const { admin, accounts, path } = await seeded(200);
  const ids = accounts.map(({ accountId }) => accountId);
  const halves = [ids.slice(0, 120), ids.slice(80)];
  const done = await Promise.all(
    halves.map((accountIds) => api.ask(admin, "POST", `${path}/activate`, { body: { accountIds } })),
  );
  for (const { status } of done) expect([200, 409]).toContain(status);
  await api.ask(admin, "POST", `${path}/activate`, { body: { all: true } });
  expect(await walk(admin, path, "status=ACTIVE&top=500")).toHaveLength(200);
});

test("50,000 accounts are searched, filtered, sorted and paged, each once", async () => {
  const { admin, path, organizationId } = await seeded(50_000);
  await store.write(organizationId, [
    someAccount(organizationId, 50_001, { displayName: "Ärger, Zoë", status: "PAUSED" }),
  ]);
  const some = await walk(admin, path, "top=300&sort=-userPrincipalName&search=person49");
  expect(some).toHaveLength(1_111);
  expect(new Set(some.map(({ id }) => id)).size).toBe(1_111);
  expect((await walk(admin, path, "search=PERSON4999")).length).toBe(11);
  expect((await walk(admin, path, "search=%C3%84RGER")).map(({ displayName }) => displayName)).toEqual(["Ärger, Zoë"]);
  expect(await walk(admin, path, "status=PAUSED")).toHaveLength(1);
  const first = await api.ask(admin, "GET", `${path}?top=3`);
  expect(first.body.items.map(({ displayName }: Shown) => displayName)).toEqual(["Ärger, Zoë", "Person 0", "Person 1"]);
  // A cursor belongs to its list: other filters, other organizations and other hands do not move it.
  const cursor = first.body.nextCursor as string;
  for (const query of [`cursor=${cursor}&status=ACTIVE`, `cursor=${cursor}x`, `cursor=${cursor}&sort=status`]) {
    const refused = await api.ask(admin, "GET", `${path}?${query}`);
    expect([refused.status, refused.body.code], query).toEqual([400, "cursor.invalid"]);
  }
  expect((await api.ask(admin, "GET", `${path}?cursor=${cursor}&top=1`)).body.items[0].displayName).toBe("Person 2");
  for (const query of ["sort=age", "status=active", `search=${"x".repeat(201)}`]) {
    expect((await api.ask(admin, "GET", `${path}?${query}`)).status, query).toBe(400);
  }
}, 180_000);
