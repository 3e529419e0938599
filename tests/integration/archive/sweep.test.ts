import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Azurite, startAzurite } from "../../../local/azurite.ts";
import type { ArchiveStore } from "../../../shared/archive/archive-store.ts";
import type { ContentStore, StoredContent } from "../../../shared/archive/content-store.ts";
import type { ContentUploads } from "../../../shared/archive/content-uploads.ts";
import { encodePack, packLine } from "../../../shared/archive/pack.ts";
import { versionOf } from "../../../shared/archive/version.ts";
import type { LeftoverStore } from "../../../shared/archive/removal/leftovers.ts";
import { sweepAccount } from "../../../shared/archive/removal/sweep-account.ts";
import { sweepContents } from "../../../shared/archive/removal/sweep-contents.ts";
import { hashId, newId } from "../../../shared/platform/new-id.ts";
import { archiveTables } from "../../../shared/storage/archive-tables.ts";
import type { StorageClients } from "../../../shared/storage/clients.ts";
import { contentTables } from "../../../shared/storage/content-tables.ts";
import { contentUploads } from "../../../shared/storage/content-uploads.ts";
import { leftoverBlobs } from "../../../shared/storage/leftover-blobs.ts";
import { organizationBlobs } from "../../../shared/storage/organization-blobs.ts";
import { oneAccount } from "../../support/one-account.ts";
import { clientsOf } from "../../support/storage.ts";
import { verifyArchive } from "../../support/verify-archive.ts";

let azurite: Azurite;
let clients: StorageClients;
let archive: ArchiveStore;
let contents: ContentStore;
let leftovers: LeftoverStore;
let uploads: ContentUploads;

beforeAll(async () => {
  azurite = await startAzurite();
  clients = clientsOf(azurite);
  const blobs = organizationBlobs(clients.blobs);
  archive = archiveTables(clients.table("archive"), blobs);
  contents = contentTables(clients.table("contents"), clients.table("pendingContents"), blobs);
  leftovers = leftoverBlobs(clients.blobs);
  uploads = contentUploads(clients.table("uploads"), blobs, { now: Date.now, sleep: () => Promise.resolve() });
});
afterAll(() => azurite.stop());

const DAY = 86_400_000;
const inDays = (days: number) => () => Date.now() + days * DAY;
const names = async (organizationId: string) =>
  (await Array.fromAsync(clients.blobs.getContainerClient(`org-${organizationId}`).listBlobsFlat()))
    .map(({ name }) => name)
    .filter((name) => !name.startsWith("notes/"));

async function putContent(organizationId: string, text: string): Promise<StoredContent> {
  const stored = await contents.put(organizationId, Readable.from([Buffer.from(text)]), 1_000);
  if (!stored) throw new Error("too large");
  return stored;
}

async function aPack() {
  const at = "2026-01-01T00:00:00Z";
  const version = versionOf({ chatId: "c", id: newId(Date.now()), createdDateTime: at, lastModifiedDateTime: at });
  if (!version) throw new Error("no version");
  const { summary, sha256, bytes } = await encodePack([packLine(version)]);
  return { row: { ...summary, month: "2026-01", sha256, bytes: bytes.length, messages: 1, runId: "r" }, bytes };
}

/** An account whose table has something, and a pack that somebody put and never committed. */
async function withLeftover() {
  const of = { organizationId: newId(Date.now()), accountId: hashId(newId(Date.now())) };
  const kept = await aPack();
  const left = await aPack();
  for (const { row, bytes } of [kept, left]) await archive.putPack(of, row.month, row.sha256, bytes);
  await archive.commit(of, [kept.row], []);
  const isThere = async ({ row }: typeof left) => (await archive.packSize(of, row)) !== undefined;
  return { of, kept, left, isThere };
}

test("a pack that nobody committed goes after the grace, counted from the first sweep that saw it", async () => {
  const { of, kept, left, isThere } = await withLeftover();
  const sweep = (days: number) => sweepAccount({ archive, leftovers, now: inDays(days) }, of, Infinity);
  for (const days of [30, 0, 2]) {
    expect(await sweep(days)).toEqual({ status: "done", result: { removed: 0 } });
    expect(await isThere(left)).toBe(true);
  }
  expect(await sweep(4)).toEqual({ status: "done", result: { removed: 1 } });
  expect([await isThere(left), await isThere(kept)]).toEqual([false, true]);
});

/** Ten months of a message each; half of them have a pack besides that nothing names. */
async function tenMonths() {
  const account = oneAccount(clients, Date.UTC(2025, 0, 1));
  const { organizationId, accountId } = account.of;
  for (let month = 0; month < 10; month++) {
    account.send("chat", `month ${month}`);
    account.pass(31 * DAY);
  }
  await account.run();
  const { bytes } = await aPack();
  for (let month = 1; month < 10; month += 2)
    await archive.putPack(account.of, `2025-0${month}`, hashId(`${accountId} ${month}`).padEnd(64, "0"), bytes);
  return { account, organizationId };
}

test("a chain of manifests is read once, however many months have something that no row names", async () => {
  const { account } = await tenMonths();
  let reads = 0;
  const readManifest: ArchiveStore["readManifest"] = (...given) => {
    reads += 1;
    return archive.readManifest(...given);
  };
  const sweep = (days: number) =>
    sweepAccount({ archive: { ...archive, readManifest }, leftovers, now: inDays(days) }, account.of, Infinity);
  expect(await sweep(0)).toEqual({ status: "done", result: { removed: 0 } });
  expect(reads).toBe(1);
  expect(await sweep(4)).toEqual({ status: "done", result: { removed: 5 } });
  expect(reads).toBe(2);
  expect((await verifyArchive(clients, account.of.organizationId, "all")).problems).toEqual([]);
});

test("a sweep of an account stops when its time is over, goes on where it stopped, and the next begins at the beginning", async () => {
  const { account, organizationId } = await tenMonths();
  const orphan = `manifests/${account.of.accountId}/2.json`;
  const container = clients.blobs.getContainerClient(`org-${organizationId}`);
  await container.getBlockBlobClient(orphan).uploadData(Buffer.from("{}"));
  const sweep = async (days: number) => {
    for (let activities = 1; ; activities++) {
      const step = await sweepAccount({ archive, leftovers, now: inDays(days) }, account.of, 0);
      if (step.status === "done") return { activities, removed: step.result.removed };
      expect(step.status).toBe("again");
    }
  };
  const first = await sweep(0);
  expect(first.activities).toBeGreaterThan(10);
  expect(first.removed).toBe(0);
  expect(await sweep(4)).toMatchObject({ removed: 6 });
  expect(await names(organizationId)).not.toContain(orphan);
  expect(await sweep(9)).toMatchObject({ removed: 0 });
  expect((await verifyArchive(clients, organizationId, "all")).problems).toEqual([]);
});

/** Where a writer may come in between the steps of a sweep. */
const moments = ["before the listing", "before the rows are read", "before the removal", "after the removal"] as const;

test.each(moments)("a writer that puts the same pack again %s commits it whole", async (moment) => {
  const { of, left, isThere } = await withLeftover();
  const { row, bytes } = left;
  await sweepAccount({ archive, leftovers, now: inDays(0) }, of, Infinity);
  let writes = 0;
  const write = async (now: (typeof moments)[number]) => {
    if (now !== moment) return;
    writes += 1;
    await archive.putPack(of, row.month, row.sha256, bytes);
  };
  const watched: LeftoverStore = {
    ...leftovers,
    async remove(organizationId, blob) {
      await write("before the removal");
      const removed = await leftovers.remove(organizationId, blob);
      if (removed) await write("after the removal");
      return removed;
    },
  };
  const slow: ArchiveStore = {
    ...archive,
    async *packs(...given) {
      await write("before the rows are read");
      yield* archive.packs(...given);
    },
  };
  await write("before the listing");
  await sweepAccount({ archive: slow, leftovers: watched, now: inDays(4) }, of, Infinity);
  if (moment !== "before the listing") expect(writes).toBe(1);
  await archive.commit(of, [row], []);
  expect(await isThere(left)).toBe(true);
  // The mark that the writer found is off, or taken off again: however many sweeps follow, it stays.
  for (const days of [5, 50, 500]) await sweepAccount({ archive, leftovers, now: inDays(days) }, of, Infinity);
  expect(await isThere(left)).toBe(true);
});

test.each(moments)("a writer that puts the same content again %s names it whole", async (moment) => {
  const organizationId = newId(Date.now());
  const put = () => putContent(organizationId, `bytes ${moment}`);
  const { sha256, bytes } = await put();
  const sweep = (days: number, with_: Partial<{ leftovers: LeftoverStore; contents: ContentStore }> = {}) =>
    sweepContents(
      { contents, uploads, leftovers, now: inDays(days), ...with_ },
      { organizationId, sweepId: newId(0) },
      Infinity,
    );
  await sweep(0);
  let writes = 0;
  const write = async (now: (typeof moments)[number]) => {
    if (now === moment && writes++ === 0) await put();
  };
  const watched: LeftoverStore = {
    ...leftovers,
    async *list(...given) {
      if (given[1] === `contents/${sha256.slice(0, 1)}`) await write("before the listing");
      yield* leftovers.list(...given);
    },
    async remove(...given) {
      await write("before the removal");
      const removed = await leftovers.remove(...given);
      if (removed) await write("after the removal");
      return removed;
    },
  };
  const slow: ContentStore = {
    ...contents,
    async *chats(...given) {
      await write("before the rows are read");
      yield* contents.chats(...given);
    },
  };
  await sweep(9, { leftovers: watched, contents: slow });
  expect(writes).toBe(1);
  const reference = { kind: "hosted", key: hashId("h"), hostedId: "h" } as const;
  await contents.finish(organizationId, { chatId: "c", messageId: "1", reference, state: "stored", sha256, bytes });
  for (const days of [10, 100]) await sweep(days);
  expect(await contents.size(organizationId, sha256)).toBe(bytes);
});

test("contents go when no row has named them for eight days, named ones stay, however little time an activity has", async () => {
  const organizationId = newId(Date.now());
  const stored = await Promise.all(Array.from({ length: 12 }, (_, n) => putContent(organizationId, `${n}`)));
  const reference = { kind: "hosted", key: hashId("h"), hostedId: "h" } as const;
  for (const [n, content] of stored.entries())
    if (n % 2 === 0)
      await contents.finish(organizationId, {
        chatId: `c${n}`,
        messageId: "1",
        reference,
        state: "stored",
        ...content,
      });
  const container = clients.blobs.getContainerClient(`org-${organizationId}`);
  await container.getBlockBlobClient("uploads/x").uploadData(Buffer.from("x"));
  const sweep = async (days: number) => {
    for (const of = { organizationId, sweepId: newId(days) }; ; ) {
      const step = await sweepContents({ contents, uploads, leftovers, now: inDays(days) }, of, 0);
      if (step.status === "done") return step.result.removed;
    }
  };
  expect([await sweep(0), await sweep(7)]).toEqual([0, 0]);
  // Six contents, the upload, and the notes of the sweep before.
  expect(await sweep(9)).toBe(8);
  expect((await names(organizationId)).sort()).toEqual(
    stored
      .filter((_, n) => n % 2 === 0)
      .map(({ sha256 }) => `contents/${sha256}`)
      .sort(),
  );
});

test("what manifests tell of stays though its rows are lost, and so does everything of an account without rows", async () => {
  const account = oneAccount(clients, Date.UTC(2025, 0, 1));
  account.send("chat", "text");
  account.pass(DAY);
  await account.run();
  const { organizationId } = account.of;
  const before = await names(organizationId);
  const rows = clients.table("archive");
  const filter = `PartitionKey eq '${organizationId}|${account.of.accountId}'`;
  for await (const { partitionKey = "", rowKey = "" } of rows.listEntities({ queryOptions: { filter } }))
    if (/^[pi]\|/.test(rowKey)) await rows.deleteEntity(partitionKey, rowKey);
  const orphan = `manifests/${account.of.accountId}/2.json`;
  await clients.blobs
    .getContainerClient(`org-${organizationId}`)
    .getBlockBlobClient(orphan)
    .uploadData(Buffer.from("{}"));
  for (const days of [0, 9, 99]) await sweepAccount({ archive, leftovers, now: inDays(days) }, account.of, Infinity);
  expect(await names(organizationId)).toEqual(before);
  expect((await verifyArchive(clients, organizationId, "none")).problems).toHaveLength(1);
});
