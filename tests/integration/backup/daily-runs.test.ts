import type { BlockBlobClient } from "@azure/storage-blob";
import { expect, test } from "vitest";
import { decodeManifest } from "../../../shared/archive/manifest.ts";
import { iso } from "../../../shared/platform/time.ts";
import { NONE, type OneAccount, oneAccount } from "../../support/one-account.ts";
import { verifyArchive } from "../../support/verify-archive.ts";
import { watchRequests } from "../../support/watch-requests.ts";
import { ownStorage } from "../../support/own-storage.ts";

const clients = ownStorage();

const START = Date.UTC(2025, 0, 1);
const DAY = 86_400_000;

async function blobNames({ of }: OneAccount): Promise<string[]> {
  const container = clients.blobs.getContainerClient(`org-${of.organizationId}`);
  return (await Array.fromAsync(container.listBlobsFlat())).map(({ name }) => name);
}

test("a second run with nothing new writes its manifest and no other blob", async () => {
  const account = oneAccount(clients, START);
  for (let n = 0; n < 60; n++) account.send(`chat ${n % 3}`, `message ${n}`);
  account.pass(DAY);
  expect((await account.run()).totals).toMatchObject({ messagesNew: 60, failed: 0 });
  const before = await blobNames(account);
  account.pass(DAY);
  const puts = await watchRequests(async () => {
    expect((await account.run()).totals).toMatchObject({ messagesSeen: 60, messagesUnchanged: 60, messagesNew: 0 });
  });
  const written = puts.filter(({ method, url }) => method === "PUT" && url.includes("/org-"));
  expect(written.map(({ url }) => url.split("/").slice(-3).join("/"))).toEqual([
    `manifests/${account.of.accountId}/2.json`,
  ]);
  expect((await blobNames(account)).filter((name) => !before.includes(name))).toEqual([
    `manifests/${account.of.accountId}/2.json`,
  ]);
});

test("an edit made a year later lies beside its original, counts as a version, and is read with it", async () => {
  const account = oneAccount(clients, START);
  const message = account.send("chat", "said");
  account.send("chat", "said next");
  account.pass(DAY);
  await account.run();
  account.pass(365 * DAY);
  account.edit(message, "changed");
  account.send("chat", "a year later");
  account.pass(DAY);
  expect((await account.run()).totals).toMatchObject({ messagesNew: 2 });
  const packs = await Array.fromAsync(account.archive.packs(account.of));
  expect(packs.map(({ month, versions, messages }) => `${month} ${versions} ${messages}`).sort()).toEqual([
    "2025-01 1 0",
    "2025-01 2 2",
    "2026-01 1 1",
  ]);
  const texts = (await account.versions()).map(({ raw }) => (raw["body"] as { content: string }).content);
  expect(texts).toEqual(["said", "changed", "said next", "a year later"]);
  expect(await account.archive.totals(account.of)).toMatchObject({ messages: 3, versions: 4 });
});

test("the windows of ended runs are one row, and their counts are in the manifests", async () => {
  const account = oneAccount(clients, START);
  for (let day = 0; day < 5; day++) {
    account.send("chat", `message ${day}`);
    account.pass(DAY);
    await account.run();
    // One row for all runs before, and those of this one.
    const rows = await Array.fromAsync(account.archive.windows(account.of));
    expect(rows.filter(({ sealed }) => sealed)).toHaveLength(day === 0 ? 0 : 1);
    const last = await account.archive.lastManifest(account.of);
    const { windows, totals } = decodeManifest(
      await account.archive.readManifest(account.of, last?.number ?? 0),
      last?.sha256,
    );
    expect(windows.reduce((sum, { added }) => sum + added, 0)).toBe(1);
    expect(totals).toMatchObject({ messages: day + 1, versions: day + 1 });
    expect(await account.reader.isComplete(account.of.organizationId, account.of.accountId)).toBe(true);
  }
});

const rowOf = ({ of }: OneAccount, rowKey: string) => [`${of.organizationId}|${of.accountId}`, rowKey] as const;

test("a manifest whose run ended before its row was written stays a link of the chain", async () => {
  const account = oneAccount(clients, START);
  account.send("chat", "first");
  account.pass(DAY);
  await account.run();
  const first = await account.archive.lastManifest(account.of);
  const rows = clients.table("archive");
  await rows.deleteEntity(...rowOf(account, "manifest"));
  await rows.deleteEntity(...rowOf(account, "m|00000001"));
  account.send("chat", "second");
  account.pass(DAY);
  expect((await account.run()).status).toBe("Completed");
  expect(await Array.fromAsync(account.archive.manifests(account.of))).toMatchObject([
    { number: 1, sha256: first?.sha256 },
    { number: 2, sums: { messages: 2, versions: 2, packs: 2 } },
  ]);
  const second = decodeManifest(await account.archive.readManifest(account.of, 2));
  expect(second.previous).toEqual({ number: 1, sha256: first?.sha256 });
  expect(second.packs.added).toHaveLength(1);
});

const FATES: [string, (blob: BlockBlobClient) => Promise<unknown>][] = [
  ["lost", (blob) => blob.delete()],
  ["damaged", (blob) => blob.uploadData(Buffer.from("{}"))],
];

test.each(FATES)(
  "a manifest that is %s makes the account's runs Failed, says why, and keeps what they brought",
  async (_, strike) => {
    const account = oneAccount(clients, START);
    account.send("chat", "first");
    account.pass(DAY);
    await account.run();
    const container = clients.blobs.getContainerClient(`org-${account.of.organizationId}`);
    await strike(container.getBlockBlobClient(`manifests/${account.of.accountId}/1.json`));
    account.send("chat", "second");
    account.pass(DAY);
    const ended = await account.run();
    expect(ended).toMatchObject({
      status: "Failed",
      totals: { messagesNew: 1, reasons: [{ code: "archive.damaged" }] },
    });
    expect(await account.versions()).toHaveLength(2);
    expect(await account.runs.find(account.of.organizationId, account.lastRun())).toMatchObject({ status: "Partial" });
  },
);

test.each(FATES)(
  "a pack that is %s ends the account as Failed when it is needed, once, and keeps what else came",
  async (_, strike) => {
    let pages = 0;
    const account = oneAccount(clients, START, NONE, (deps) => ({
      ...deps,
      messages: { pages: (...asked) => ((pages += 1), deps.messages.pages(...asked)) },
    }));
    const old = account.send("chat", "old");
    account.pass(40 * DAY);
    await account.run();
    const container = clients.blobs.getContainerClient(`org-${account.of.organizationId}`);
    for await (const { name } of container.listBlobsFlat({ prefix: `messages/${account.of.accountId}/` })) {
      await strike(container.getBlockBlobClient(name));
    }
    account.edit(old, "changed");
    account.send("chat", "new");
    account.pass(DAY);
    pages = 0;
    const ended = await account.run();
    expect(ended).toMatchObject({ status: "Failed", totals: { messagesNew: 2, messagesFailed: 0, failed: 1 } });
    expect(ended.totals.reasons).toEqual([{ code: "archive.damaged", count: 1 }]);
    expect(pages).toBeLessThan(5);
    const { organizationId, accountId } = account.of;
    expect(await account.archive.totals(account.of)).toMatchObject({ lastRun: { status: "Failed" } });
    expect(await account.runs.account(organizationId, account.lastRun(), accountId)).toEqual(ended);
  },
);

/** An account of five messages, backed up, whose only pack has met its fate. `bytes`: what it held. */
async function struckAccount(strike: (typeof FATES)[number][1]) {
  const account = oneAccount(clients, START);
  for (let n = 0; n < 5; n++) account.send("chat", `message ${n}`);
  account.pass(DAY);
  await account.run();
  const container = clients.blobs.getContainerClient(`org-${account.of.organizationId}`);
  const [name = ""] = (await blobNames(account)).filter((one) => one.startsWith("messages/"));
  const blob = container.getBlockBlobClient(name);
  const bytes = await blob.downloadToBuffer();
  await strike(blob);
  return { account, blob, bytes };
}

test.each(FATES)(
  "while a pack is %s each run of its days says so, and brings in what else is new; once it is there again all is as it was",
  async (_, strike) => {
    const { account, blob, bytes } = await struckAccount(strike);
    const brought: number[] = [];
    for (const text of ["new", "newer", "newest"]) {
      account.send("chat", text);
      account.pass(DAY);
      const ended = await account.run();
      expect(ended).toMatchObject({ status: "Failed", totals: { reasons: [{ code: "archive.damaged", count: 1 }] } });
      brought.push(ended.totals.messagesNew);
    }
    // What the pack held came once more: nobody can say that it is there.
    expect(brought).toEqual([6, 1, 1]);
    expect(await account.reader.isComplete(account.of.organizationId, account.of.accountId)).toBe(false);
    await blob.uploadData(bytes);
    account.pass(DAY);
    expect(await account.run()).toMatchObject({ status: "Completed", totals: { messagesNew: 0 } });
    expect(await account.versions()).toHaveLength(8);
    expect((await verifyArchive(clients, account.of.organizationId, "all")).problems).toEqual([]);
  },
);

test.each(FATES)(
  "a pack that is %s is mended by a run that is given the very same by Graph again",
  async (_, strike) => {
    const { account } = await struckAccount(strike);
    account.pass(1_000);
    expect(await account.run()).toMatchObject({
      status: "Completed",
      totals: { messagesNew: 0, messagesUnchanged: 5 },
    });
    expect(await account.versions()).toHaveLength(5);
    expect(await account.archive.totals(account.of)).toMatchObject({ messages: 5, versions: 5 });
    expect((await verifyArchive(clients, account.of.organizationId, "all")).problems).toEqual([]);
  },
);

test("a late repeat of closing does not open an account again that is sealed", async () => {
  const account = oneAccount(clients, START);
  account.send("chat", "first");
  account.pass(DAY);
  const sealed = await account.run();
  await account.closeAgain();
  const { organizationId, accountId } = account.of;
  expect(await account.runs.account(organizationId, account.lastRun(), accountId)).toEqual(sealed);
});

test("messages that move to another page while a window is read are not lost", async () => {
  const account = oneAccount(clients, START);
  const early = Array.from({ length: 130 }, (_, n) => account.send("chat", `message ${n}`));
  account.pass(200 * DAY);
  const [victim] = early;
  let edits = 0;
  account.betweenPages(() => {
    if (edits++ === 0 && victim) account.edit(victim, "edited meanwhile");
  });
  await account.run();
  expect(edits).toBeGreaterThan(1);
  account.pass(DAY);
  await account.run();
  const ids = new Set((await account.versions()).map(({ id }) => id));
  expect(early.filter(({ id }) => !ids.has(id))).toEqual([]);
});

test("what the export shows a day late is in the next run's overlap", async () => {
  const account = oneAccount(clients, START);
  const message = account.send("chat", "at once");
  account.pass(DAY);
  await account.run();
  account.lag(() => DAY);
  account.edit(message, "a day late");
  account.send("chat", "new, and a day late");
  account.pass(1_000);
  expect((await account.run()).totals).toMatchObject({ messagesNew: 0 });
  account.pass(DAY);
  expect((await account.run()).totals).toMatchObject({ messagesNew: 2 });
});

test("a deletion adds a version without text, and the text that was there stays", async () => {
  const account = oneAccount(clients, START);
  const message = account.send("chat", "said");
  account.pass(DAY);
  await account.run();
  account.remove(message);
  account.pass(DAY);
  expect((await account.run()).totals).toMatchObject({ messagesNew: 1 });
  const versions = await account.versions();
  expect(versions.map(({ raw }) => (raw["body"] as { content: string }).content)).toEqual(["said", ""]);
  expect(versions[1]?.raw["deletedDateTime"]).toBeDefined();
  expect(await account.archive.totals(account.of)).toMatchObject({ messages: 1, versions: 2 });
});

test.each([
  ["no", {}],
  ["an empty", { etag: "" }],
])("an edit that Graph gives %s etag is a version of its own, as often as it comes", async (_, tag) => {
  const account = oneAccount(clients, START);
  const created = account.now();
  const give = (content: string) =>
    account.receive({
      ...{ ...tag, chatId: "chat", id: String(created), body: { contentType: "text", content } },
      ...{ createdDateTime: iso(created), lastModifiedDateTime: iso(account.now()) },
    });
  const brought: number[] = [];
  for (const text of ["said", "edited", "edited again"]) {
    give(text);
    account.pass(DAY);
    brought.push((await account.run()).totals.messagesNew, (await account.run()).totals.messagesNew);
  }
  expect(brought).toEqual([1, 0, 1, 0, 1, 0]);
  const versions = await account.versions();
  expect(versions.map(({ raw }) => (raw["body"] as { content: string }).content)).toEqual([
    ...["said", "edited", "edited again"],
  ]);
  expect((await verifyArchive(clients, account.of.organizationId, "all")).problems).toEqual([]);
});

test("an edit a day of messages of one month leaves few packs in it", { timeout: 180_000 }, async () => {
  const account = oneAccount(clients, START);
  const early = Array.from({ length: 10 }, (_, n) => account.send("chat", `message ${n}`));
  for (let day = 0; day < 90; day++) {
    account.send("chat", `day ${day}`);
    const target = early[day % 10];
    if (target) account.edit(target, `edited on day ${day}`);
    account.pass(DAY);
    await account.run();
    const packs = await Array.fromAsync(account.archive.packs(account.of));
    const months = Map.groupBy(packs, ({ month }) => month);
    // One more than the limit: the newest is not told yet.
    for (const inMonth of months.values()) expect(inMonth.length).toBeLessThanOrEqual(33);
  }
  expect(await account.versions()).toHaveLength(new Set(account.handedOut.keys()).size);
  expect(await account.archive.totals(account.of)).toMatchObject({ messages: 100, versions: account.handedOut.size });
});
