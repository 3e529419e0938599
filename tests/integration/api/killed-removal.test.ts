import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { verifyTables } from "../../../shared/storage/verify-tables.ts";
import { newId } from "../../../shared/platform/new-id.ts";
import { accountTable } from "../../../shared/storage/account-table.ts";
import { archiveTables } from "../../../shared/storage/archive-tables.ts";
import { organizationBlobs } from "../../../shared/storage/organization-blobs.ts";
import { someAccounts } from "../../support/accounts.ts";
import { type TestApi, startApi, tenantSetUp } from "../../support/api.ts";
import { until } from "../../support/connected.ts";
import { message } from "../../support/download-world.ts";
import { seededArchive } from "../../support/seeded-archive.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

/** So many that an erasure is still under way when the first are seen to be gone. */
const PACKS = 400;

/** An organization with an account of some packs. */
async function seeded() {
  const tenant = await tenantSetUp(api);
  const { organizationId } = tenant;
  const [account] = someAccounts(organizationId, 1, { status: "ACTIVE" });
  if (!account) throw new Error("no account");
  await accountTable(api.data.table("accounts"), Date.now).write(organizationId, [account]);
  const of = { organizationId, accountId: account.accountId };
  const seeding = seededArchive(api.data);
  for (let n = 0; n < PACKS; n++) await seeding.addMessages(of, [message(n)]);
  const archive = archiveTables(api.data.table("archive"), organizationBlobs(api.data.blobs));
  const packs = async () => (await Array.fromAsync(archive.packs(of))).length;
  return { ...tenant, of, packs, base: `organizations/${organizationId}` };
}
const hasEnded = (status: string) => !["Queued", "Running", "Approved"].includes(status);

test("an erasure whose host is killed in the middle is ended by the next one", async () => {
  const { organizationId, admin, of, packs, base } = await seeded();
  const other = await api.person(["organization-admin", `organization:${organizationId}`]);
  const asked = await api.ask(admin, "POST", `${base}/accounts/${of.accountId}/erasure`, { body: {} });
  const location = `${base}/approvals/${asked.body.id}`;
  const before = await packs();
  expect((await api.ask(other, "POST", `${location}/approve`)).status).toBe(202);
  const deadline = Date.now() + 30_000;
  while ((await packs()) === before && Date.now() < deadline) await delay(1);
  await api.crash();
  const left = await packs();
  expect(left).toBeLessThan(before);
  expect(left).toBeGreaterThan(0);
  await api.fire("resumeErasures");
  expect(await until(api, admin, location, hasEnded)).toMatchObject({ status: "Completed", result: { packs: before } });
  expect(await packs()).toBe(0);
});

test("a verification whose host is killed goes on, and one that never began is taken up", async () => {
  const { organizationId, admin, packs, base } = await seeded();
  const asked = await api.ask(admin, "POST", `${base}/verify`, { body: { bytes: "all" } });
  const path = `${base}/verify/${asked.body.id}`;
  await until(api, admin, path, (status) => status !== "Queued");
  expect((await api.ask(admin, "GET", path)).body.status).toBe("Running");
  await api.crash();
  expect((await api.ask(admin, "GET", path)).body.status).toBe("Running");
  await api.fire("resumeVerifications");
  const ended = await until(api, admin, path, hasEnded);
  expect(ended).toMatchObject({ status: "Completed", checked: { accounts: 1, packs: await packs() } });
  const verifications = verifyTables(api.data.table("verifications"), api.data.table("verificationItems"));
  const requestedAt = Date.now();
  const verifyId = newId(requestedAt);
  const lost = { verifyId, status: "Queued", bytes: "none", scope: "all", requestedAt } as const;
  await verifications.insert(organizationId, lost, []);
  await api.fire("resumeVerifications");
  const again = await until(api, admin, `${base}/verify/${verifyId}`, hasEnded);
  expect(again).toMatchObject({ status: "Completed", problems: ended.problems });
});
