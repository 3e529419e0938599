import { afterAll, beforeAll, expect, test } from "vitest";
import { RETENTION } from "../../../shared/archive/removal/removal.contract.ts";
import { SWEEP, sweepInstance } from "../../../shared/archive/removal/sweep.contract.ts";
import { backupInstance } from "../../../shared/backup/backup.contract.ts";
import { newId } from "../../../shared/platform/new-id.ts";
import { accountTable } from "../../../shared/storage/account-table.ts";
import { archiveTables } from "../../../shared/storage/archive-tables.ts";
import { organizationBlobs } from "../../../shared/storage/organization-blobs.ts";
import { someAccounts } from "../../support/accounts.ts";
import { type TestApi, startApi, tenantSetUp } from "../../support/api.ts";
import { durableApi } from "../../support/durable-api.ts";
import { message } from "../../support/download-world.ts";
import { seededArchive } from "../../support/seeded-archive.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

test("an organization's retention hides at once what is past, but nothing of an account that is held", async () => {
  const { organizationId, admin } = await tenantSetUp(api);
  const accounts = someAccounts(organizationId, 2);
  await accountTable(api.data.table("accounts"), Date.now).write(organizationId, accounts);
  const archive = archiveTables(api.data.table("archive"), organizationBlobs(api.data.blobs));
  const old = new Date(Date.now() - 400 * 86_400_000).toISOString();
  const recent = new Date(Date.now() - 86_400_000).toISOString();
  const raw = [old, recent].map((at, n) => message(n, { id: `m${n}`, createdDateTime: at, lastModifiedDateTime: at }));
  for (const { accountId } of accounts) {
    const of = { organizationId, accountId };
    await seededArchive(api.data).addMessages(of, raw);
    const lastRun = { runId: "r", status: "Completed", finishedAt: 0, newMessages: 2, failedItems: 0, reasons: [] };
    const span = { firstMessageAt: Date.parse(old), lastMessageAt: Date.parse(recent) };
    await archive.putTotals(of, { messages: 2, versions: 2, storedBytes: 9, ...span, lastRun });
  }
  const base = `organizations/${organizationId}`;
  const shown = async () => {
    const { body } = await api.ask(admin, "GET", `${base}/accounts`);
    return (body.items as { messages: number }[]).map(({ messages }) => messages);
  };
  expect(await shown()).toEqual([2, 2]);
  await api.ask(admin, "PATCH", `${base}/accounts/${accounts[1]?.accountId}`, { body: { legalHold: true } });
  const changed = await api.ask(admin, "PATCH", base, { body: { retention: { days: 30 } } });
  expect(changed.body.retention).toEqual({ days: 30 });
  await expect.poll(shown, { timeout: 20_000 }).toEqual([1, 2]);
  const id = newId(Date.now());
  const durable = durableApi(api.url);
  await durable.start(RETENTION, backupInstance(organizationId), { organizationId, retentionId: id, after: null });
  expect((await durable.ended(backupInstance(organizationId))).runtimeStatus).toBe("Completed");
  await durable.start(SWEEP, sweepInstance(organizationId), { organizationId, sweepId: id, after: null });
  expect((await durable.ended(sweepInstance(organizationId))).runtimeStatus).toBe("Completed");
  const packs = accounts.map(({ accountId }) => Array.fromAsync(archive.packs({ organizationId, accountId })));
  expect((await Promise.all(packs)).map(({ length }) => length)).toEqual([1, 2]);
  expect(await shown()).toEqual([1, 2]);
  await api.ask(admin, "PATCH", `${base}/accounts/${accounts[1]?.accountId}`, { body: { legalHold: false } });
  await expect.poll(shown, { timeout: 20_000 }).toEqual([1, 1]);
  await api.ask(admin, "PATCH", base, { body: { retention: { days: null } } });
  await expect.poll(shown, { timeout: 20_000 }).toEqual([1, 2]);
  const held = { accountId: accounts[1]?.accountId };
  const { items } = (await api.ask(admin, "GET", `${base}/audit`)).body;
  expect((items as { action: string; facts: object }[]).map(({ action, facts }) => ({ action, facts }))).toEqual([
    { action: "organization.retention", facts: { days: "all" } },
    { action: "account.legal_hold", facts: { ...held, legalHold: false } },
    { action: "organization.retention", facts: { days: 30 } },
    { action: "account.legal_hold", facts: { ...held, legalHold: true } },
  ]);
});
