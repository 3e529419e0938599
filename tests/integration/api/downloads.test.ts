import { afterAll, beforeAll, expect, test } from "vitest";
import type { DownloadStore } from "../../../shared/downloads/download-store.ts";
import { accountTable } from "../../../shared/storage/account-table.ts";
import { downloadTables } from "../../../shared/storage/download-tables.ts";
import { someAccounts } from "../../support/accounts.ts";
import { type Person, type TestApi, startApi, tenantSetUp } from "../../support/api.ts";
import { message } from "../../support/download-world.ts";
import { seededArchive } from "../../support/seeded-archive.ts";

const MINUTE = 60_000;
const LINK_MINUTES = 7;
let api: TestApi;
let downloads: DownloadStore;
beforeAll(async () => {
  api = await startApi({ DOWNLOAD_LINK_MINUTES: `${LINK_MINUTES}` });
  downloads = downloadTables({
    downloads: api.data.table("downloads"),
    downloadParts: api.data.table("downloadParts"),
    downloadExpiries: api.data.table("downloadExpiries"),
  });
});
afterAll(() => api.stop());

/** An organization with one account, and a download of mails of it that is ready. */
async function downloaded() {
  const tenant = await tenantSetUp(api);
  const { organizationId, admin } = tenant;
  const accounts = someAccounts(organizationId, 1);
  const accountId = accounts[0]?.accountId ?? "";
  await accountTable(api.data.table("accounts"), Date.now).write(organizationId, accounts);
  await seededArchive(api.data).addMessages({ organizationId, accountId }, [message(1), message(2)]);
  const list = `organizations/${organizationId}/downloads`;
  const body = { accountIds: [accountId], format: "eml", attachments: true, from: "2026-01-01", to: "2026-01-31" };
  const { body: asked } = await api.ask(admin, "POST", list, { body });
  const path = `${list}/${asked.id}`;
  const status = async () => (await api.ask(admin, "GET", path)).body.status as string;
  await expect.poll(status, { interval: 50, timeout: 30_000 }).toBe("Ready");
  const links = async (person: Person = admin) => {
    const answer = await api.ask(person, "POST", `${path}/links`, { body: {} });
    return { ...answer, urls: ((answer.body?.links ?? []) as { url: string }[]).map(({ url }) => url) };
  };
  const blobs = async () => {
    const container = api.data.blobs.getContainerClient(`org-${organizationId}`);
    return Array.fromAsync(container.listBlobsFlat({ prefix: `${asked.id}/`, includeUncommitedBlobs: true }));
  };
  return { ...tenant, list, path, downloadId: String(asked.id), body, status, links, blobs };
}

test("a download is for its organization alone, and its links for who may read the messages", async () => {
  const [mine, theirs] = [await downloaded(), await downloaded()];
  const alsoHere = await api.person(
    ["partner-admin", `partner:${mine.partnerId}`],
    ["organization-admin", `organization:${mine.organizationId}`],
  );
  const swapped = theirs.path.replace(theirs.downloadId, mine.downloadId);
  const tried = async (person: Person | undefined, path: string) => {
    const links = await api.ask(person, "POST", `${path}/links`, { body: {} });
    expect(links.text.includes("sig="), "a signature").toBe(links.status === 200);
    return [(await api.ask(person, "GET", path)).status, links.status];
  };
  expect({
    admin: await tried(mine.admin, mine.path),
    both: await tried(alsoHere, mine.path),
    auditor: await tried(mine.auditor, mine.path),
    partner: await tried(mine.partnerAdmin, mine.path),
    nobody: await tried(undefined, mine.path),
    foreignAdmin: await tried(theirs.admin, mine.path),
    foreignAuditor: await tried(theirs.auditor, mine.path),
    foreignPartner: await tried(theirs.partnerAdmin, mine.path),
    swapped: await tried(theirs.admin, swapped),
  }).toEqual({
    ...{ admin: [200, 200], both: [200, 200], auditor: [200, 403], partner: [403, 403], nobody: [401, 401] },
    ...{ foreignAdmin: [404, 404], foreignAuditor: [404, 404], foreignPartner: [404, 404], swapped: [404, 404] },
  });
  for (const person of [theirs.admin, theirs.auditor, mine.auditor, mine.partnerAdmin])
    expect((await api.ask(person, "DELETE", mine.path)).status).toBeGreaterThanOrEqual(403);
  expect((await api.ask(theirs.admin, "POST", theirs.list, { body: mine.body })).status).toBe(404);
  const listed = await api.ask(theirs.admin, "GET", theirs.list);
  expect(listed.body.items.map(({ id }: { id: string }) => id)).toEqual([theirs.downloadId]);

  // One entry for each answer with links, none for what was refused.
  const audit = await api.ask(mine.auditor, "GET", `organizations/${mine.organizationId}/audit`);
  const issued = (audit.body.items as { action: string; principal: { id: string }; facts: object }[]).filter(
    ({ action }) => action === "download.links_issued",
  );
  expect(issued).toHaveLength(2);
  expect(new Set(issued.map(({ principal }) => principal.id)).size).toBe(2);
  const parts = "person0@example.com 2026-01-01 2026-01-31 eml 1 of 1.zip";
  for (const { facts } of issued) expect(facts).toEqual({ downloadId: mine.downloadId, links: 1, parts });
});

test("a link reads one zip for as long as the settings say, and does nothing else", async () => {
  const { links, path, admin } = await downloaded();
  const before = Date.now();
  const { urls, body } = await links();
  const url = new URL(urls[0] ?? "");
  const { searchParams: sas } = url;
  expect([sas.get("sp"), sas.get("sr"), sas.get("st"), sas.get("sip")]).toEqual(["r", "b", null, null]);
  const until = Date.parse(sas.get("se") ?? "");
  // Signed to the second.
  expect(until).toBeGreaterThanOrEqual(before - 1_000 + LINK_MINUTES * MINUTE);
  expect(until).toBeLessThanOrEqual(Date.now() + LINK_MINUTES * MINUTE);
  expect(Math.floor(Date.parse(body.links[0].expiresAt) / 1_000)).toBe(until / 1_000);
  expect(JSON.stringify((await api.ask(admin, "GET", path)).body)).not.toContain("http");

  expect((await fetch(url)).status).toBe(200);
  const altered = (name: string, value: string) => {
    const other = new URL(url);
    other.searchParams.set(name, value);
    return fetch(other);
  };
  const container = url.href.slice(0, url.href.indexOf("/", url.href.indexOf("/org-") + 1));
  const answers = await Promise.all([
    altered("se", "2099-01-01T00:00:00Z"),
    altered("sp", "rwd"),
    fetch(url, { method: "DELETE" }),
    fetch(url, { method: "PUT", body: "x", headers: { "x-ms-blob-type": "BlockBlob" } }),
    fetch(`${container}?restype=container&comp=list&${sas.toString()}`),
    fetch(url.href.split("?")[0] ?? ""),
  ]);
  for (const { status } of answers) expect([401, 403, 404]).toContain(status);
  expect((await fetch(url)).status).toBe(200);
});

test("the timer takes away what has expired, and neither it nor what was removed has links", async () => {
  const [old, removed, fresh] = [await downloaded(), await downloaded(), await downloaded()];
  const urls = (await Promise.all([old, removed, fresh].map((one) => one.links()))).flatMap((one) => one.urls);
  const row = await downloads.find(old.organizationId, old.downloadId);
  if (!row) throw new Error("no row");
  const at = Date.now() - 1;
  await downloads.addExpiry({ at, organizationId: old.organizationId, downloadId: old.downloadId });
  await downloads.replace(old.organizationId, row, { ...row.value, expiresAt: at });
  await api.fire("expireDownloads");
  await expect.poll(old.status, { interval: 50, timeout: 30_000 }).toBe("Expired");
  await expect.poll(async () => (await old.blobs()).length, { interval: 50, timeout: 30_000 }).toBe(0);
  expect((await api.ask(removed.admin, "DELETE", removed.path)).status).toBe(204);
  expect(await removed.blobs()).toEqual([]);

  const refused = await Promise.all([old, removed, fresh].map((one) => one.links()));
  expect(refused.map(({ status, body }) => [status, body.code])).toEqual([
    [409, "download.not_ready"],
    [404, "download.not_found"],
    [200, undefined],
  ]);
  expect(await Promise.all(urls.map(async (url) => (await fetch(url)).status))).toEqual([404, 404, 200]);
  expect(await fresh.status()).toBe("Ready");
});
