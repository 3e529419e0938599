import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { approvalTable } from "../../../shared/storage/approval-table.ts";
import { accountTable } from "../../../shared/storage/account-table.ts";
import { archiveTables } from "../../../shared/storage/archive-tables.ts";
import { organizationBlobs } from "../../../shared/storage/organization-blobs.ts";
import { someAccounts } from "../../support/accounts.ts";
import { type Person, type TestApi, startApi, tenantSetUp } from "../../support/api.ts";
import { message } from "../../support/download-world.ts";
import { seededArchive } from "../../support/seeded-archive.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

async function seeded() {
  const tenant = await tenantSetUp(api);
  const { organizationId } = tenant;
  const accounts = accountTable(api.data.table("accounts"), Date.now);
  const [account] = someAccounts(organizationId, 1, { status: "ACTIVE" });
  if (!account) throw new Error("no account");
  await accounts.write(organizationId, [account]);
  const of = { organizationId, accountId: account.accountId };
  await seededArchive(api.data).addMessages(of, [message(1), message(2)]);
  const other = await api.person(["organization-admin", `organization:${organizationId}`]);
  const base = `organizations/${organizationId}`;
  return { ...tenant, of, other, base, path: `${base}/accounts/${account.accountId}` };
}

test("one asks, another approves, and the account's data is gone", async () => {
  const { admin, other, auditor, of, base, path } = await seeded();
  expect((await api.ask(auditor, "POST", `${path}/erasure`)).status).toBe(403);
  const asked = await api.ask(admin, "POST", `${path}/erasure`, { body: {} });
  expect(asked).toMatchObject({ status: 202, body: { kind: "erasure", status: "Pending", accountId: of.accountId } });
  const location = asked.headers.get("location")?.replace("/api/", "") ?? "";
  expect(location).toBe(`${base}/approvals/${asked.body.id}`);
  expect(asked.body.consequence).toContain("Copies of the same messages in the archives of other accounts stay");
  expect((await api.ask(admin, "GET", `${base}/approvals`)).body.items).toHaveLength(1);
  expect((await api.ask(admin, "POST", `${location}/approve`)).body).toMatchObject({
    status: 403,
    code: "access.forbidden",
  });
  expect((await api.ask(other, "POST", `${location}/approve`)).status).toBe(202);
  for (let tries = 0; tries < 300; tries++, await delay(100))
    if ((await api.ask(other, "GET", location)).body.status !== "Approved") break;
  const { body } = await api.ask(other, "GET", location);
  expect(body).toMatchObject({ status: "Completed", result: { packs: 1, messages: 2 } });
  const archive = archiveTables(api.data.table("archive"), organizationBlobs(api.data.blobs));
  expect(await Array.fromAsync(archive.packs(of))).toEqual([]);
  expect((await api.ask(admin, "GET", path)).body).toMatchObject({ status: "INACTIVE", messages: 0 });
  expect((await api.ask(other, "POST", `${location}/approve`)).body.code).toBe("approval.decided");
  const audit = await api.ask(auditor, "GET", `${base}/audit`);
  expect((audit.body.items as { action: string }[]).map(({ action }) => action)).toEqual([
    "erasure.approved",
    "erasure.requested",
  ]);
});

test("a rejected one does nothing, a foreign one is unknown, and an old one has expired", async () => {
  const { admin, other, of, base, path } = await seeded();
  const stranger = (await seeded()).admin;
  const asked = await api.ask(admin, "POST", `${path}/erasure`, { body: {} });
  const location = `${base}/approvals/${asked.body.id}`;
  for (const [method, end] of [
    ["POST", "/approve"],
    ["POST", "/reject"],
    ["GET", ""],
  ] as const)
    expect((await api.ask(stranger, method, location + end)).status).toBe(404);
  expect((await api.ask(other, "POST", `${location}/reject`)).body).toMatchObject({ status: "Rejected" });
  expect((await api.ask(other, "POST", `${location}/approve`)).status).toBe(409);
  const again = await api.ask(admin, "POST", `${path}/erasure`, { body: {} });
  const approvals = approvalTable(api.data.table("approvals"));
  const stored = await approvals.find(of.organizationId, again.body.id);
  if (!stored) throw new Error("not stored");
  await approvals.replace(of.organizationId, stored, { ...stored.value, expiresAt: Date.now() - 1 });
  const late = `${base}/approvals/${again.body.id}`;
  expect((await api.ask(other, "POST", `${late}/approve`)).body.code).toBe("approval.expired");
  expect((await api.ask(other, "GET", late)).body.status).toBe("Expired");
  expect((await api.ask(admin, "GET", path)).body.status).toBe("ACTIVE");
});

test("a held account is not erased: neither asked for nor approved", async () => {
  const { admin, other, base, path } = await seeded();
  const asked = await api.ask(admin, "POST", `${path}/erasure`, { body: {} });
  await api.ask(admin, "PATCH", path, { body: { legalHold: true } });
  expect((await api.ask(admin, "POST", `${path}/erasure`, { body: {} })).body).toMatchObject({
    status: 409,
    code: "account.held",
  });
  const approved = await api.ask(other, "POST", `${base}/approvals/${asked.body.id}/approve`);
  expect(approved.body).toMatchObject({ status: 409, code: "account.held" });
  expect((await api.ask(other, "GET", `${base}/approvals/${asked.body.id}`)).body.status).toBe("Pending");
});

test("an account has one open erasure: who asks meanwhile gets the same, whoever asks, and a decided one makes room", async () => {
  const { admin, other, base, path } = await seeded();
  const ask = async (person: Person) => (await api.ask(person, "POST", `${path}/erasure`, { body: {} })).body.id;
  const asked = await Promise.all([admin, other, admin, other].map(ask));
  expect(new Set(asked).size).toBe(1);
  expect((await api.ask(admin, "GET", `${base}/approvals`)).body.items).toHaveLength(1);
  const reject = async (person: Person) =>
    (await api.ask(person, "POST", `${base}/approvals/${asked[0]}/reject`)).status;
  // One of them was first, and does not decide.
  expect([await reject(admin), await reject(other)].sort()).toEqual([200, 403]);
  expect(asked).not.toContain(await ask(admin));
});

test("what a crash left on the list of approved ones starts nothing, and goes once it is decided", async () => {
  const { admin, other, of, base, path } = await seeded();
  const { id } = (await api.ask(admin, "POST", `${path}/erasure`, { body: {} })).body;
  const table = api.data.table("approvals");
  const listed = { partitionKey: "~approved", rowKey: `${of.organizationId}|${id}` };
  const leave = () => table.upsertEntity({ ...listed, organizationId: of.organizationId, approvalId: id });
  const approved = () => Array.fromAsync(approvalTable(table).approved(of.organizationId));
  await leave();
  expect(await approved()).toEqual([]);
  expect(await table.getEntity(listed.partitionKey, listed.rowKey)).toMatchObject({ approvalId: id });
  await api.ask(other, "POST", `${base}/approvals/${id}/reject`);
  await leave();
  expect(await approved()).toEqual([]);
  await expect(table.getEntity(listed.partitionKey, listed.rowKey)).rejects.toMatchObject({ statusCode: 404 });
});
