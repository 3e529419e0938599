import { expect, test } from "vitest";
import { decodeManifest, encodeManifest, type Manifest, manifestRow } from "../../../shared/archive/manifest.ts";
import { encodePack } from "../../../shared/archive/pack.ts";
import { checkChat } from "../../../shared/archive/verify/check-chat.ts";
import type { Problem } from "../../../shared/archive/verify/verify.contract.ts";
import { describeVerification } from "../../../shared/archive/verify/verification.ts";
import { chatKey } from "../../../shared/archive/chat-key.ts";
import { newId } from "../../../shared/platform/new-id.ts";
import { file, message } from "../../support/download-world.ts";
import { NONE, type OneAccount, oneAccount } from "../../support/one-account.ts";
import { seededArchive } from "../../support/seeded-archive.ts";
import { verifyTables } from "../../../shared/storage/verify-tables.ts";
import { verifyArchive } from "../../support/verify-archive.ts";
import { ownStorage } from "../../support/own-storage.ts";

const clients = ownStorage();

const DAY = 86_400_000;

/** An account after three daily runs, the last with nothing new. */
async function backedUp(): Promise<OneAccount> {
  const account = oneAccount(clients, Date.UTC(2025, 0, 1));
  for (let n = 0; n < 30; n++) account.send(`chat ${n % 3}`, `message ${n}`);
  account.pass(40 * DAY);
  account.send("chat 0", "another month");
  account.pass(DAY);
  await account.run();
  account.pass(DAY);
  account.send("chat 1", "the next day");
  account.pass(DAY);
  await account.run();
  account.pass(DAY);
  await account.run();
  return account;
}

const container = ({ of }: OneAccount) => clients.blobs.getContainerClient(`org-${of.organizationId}`);
const names = async (account: OneAccount, prefix: string) =>
  (await Array.fromAsync(container(account).listBlobsFlat({ prefix }))).map(({ name }) => name);
const firstPack = async (account: OneAccount) => (await names(account, "messages/"))[0] ?? "";
const found = async (account: OneAccount, bytes: "none" | "sample" | "all") =>
  (await verifyArchive(clients, account.of.organizationId, bytes)).problems.map(({ code, path }) => ({ code, path }));

test("a sound archive has no problems, however little time each activity has", async () => {
  const account = await backedUp();
  const counts = { accounts: 1, manifests: 3, packs: 3 };
  for (const hurried of [false, true]) {
    const checked = await verifyArchive(clients, account.of.organizationId, "all", { hurried });
    expect(checked).toMatchObject({ status: "Completed", problemCount: 0, problems: [] });
    expect(checked.checked).toMatchObject({ ...counts, versions: 32 });
    expect(checked.checked.bytes).toBeGreaterThan(500);
  }
  const structure = await verifyArchive(clients, account.of.organizationId, "none");
  expect(structure).toMatchObject({ problems: [], checked: { ...counts, versions: 0, bytes: 0 } });
});

test("a flipped byte is found when bytes are read, and a shortened file without", async () => {
  const account = await backedUp();
  const path = await firstPack(account);
  const blob = container(account).getBlockBlobClient(path);
  const bytes = await blob.downloadToBuffer();
  const at = bytes.length >> 1;
  bytes.writeUInt8((bytes.at(at) ?? 0) ^ 1, at);
  await blob.uploadData(bytes);
  expect(await found(account, "none")).toEqual([]);
  expect(await found(account, "all")).toEqual([{ code: "pack.damaged", path }]);
  expect(await found(account, "sample")).toEqual([{ code: "pack.damaged", path }]);
  await blob.uploadData(bytes.subarray(1));
  expect(await found(account, "none")).toEqual([{ code: "pack.size_differs", path }]);
});

test("missing packs and manifests are named; a file that nothing names is none of it", async () => {
  const account = await backedUp();
  const { accountId } = account.of;
  const path = await firstPack(account);
  await container(account)
    .getBlockBlobClient(path.replace(/[0-9a-f]{64}/, "0".repeat(64)))
    .uploadData(Buffer.from("x"));
  await container(account).getBlockBlobClient(`manifests/${accountId}/9.json`).uploadData(Buffer.from("x"));
  expect(await found(account, "all")).toEqual([]);
  await container(account).deleteBlob(path);
  await container(account).deleteBlob(`manifests/${accountId}/2.json`);
  expect(await found(account, "none")).toEqual([
    { code: "manifest.missing", path: `manifests/${accountId}/2.json` },
    { code: "pack.missing", path },
  ]);
});

test("a pack that went with its rows is named by the manifests, and one that came with rows alone is not believed", async () => {
  const account = await backedUp();
  const [lost] = await Array.fromAsync(account.archive.packs(account.of));
  if (!lost) throw new Error("no pack");
  const rows = clients.table("archive");
  const partitionKey = `${account.of.organizationId}|${account.of.accountId}`;
  const keys = await rowKeys(partitionKey, lost.sha256);
  for (const rowKey of keys) await rows.deleteEntity(partitionKey, rowKey);
  const path = await firstPack(account);
  expect(path).toContain(lost.sha256);
  expect(await found(account, "none")).toEqual([{ code: "pack.row_missing", path }]);
  const other = await backedUp();
  const pack = await encodePack([{ chatId: "c", id: "1", etag: "1", createdAt: Date.UTC(2025, 3), line: "{}" }]);
  const { summary, sha256, bytes } = pack;
  const row = { ...summary, month: "2025-04", sha256, bytes: bytes.length, messages: 1, runId: "r" };
  await other.archive.putPack(other.of, row.month, sha256, bytes);
  await other.archive.commit(other.of, [row], []);
  expect(await found(other, "none")).toEqual([]);
  await other.archive.forgetChanges(other.of, await Array.fromAsync(other.archive.changes(other.of)));
  expect((await found(other, "none")).map(({ code }) => code)).toEqual(["pack.not_in_manifests"]);
});

async function rowKeys(partitionKey: string, sha256: string): Promise<string[]> {
  const filter = `PartitionKey eq '${partitionKey}'`;
  const all = await Array.fromAsync(clients.table("archive").listEntities({ queryOptions: { filter } }));
  return all.map(({ rowKey }) => rowKey ?? "").filter((key) => /^[pi]\|/.test(key) && key.includes(sha256));
}

/** Writes another manifest in the place of the one of that number. */
async function forge(account: OneAccount, number: number, change: (manifest: Manifest) => Manifest, withRow: boolean) {
  const forged = change(decodeManifest(await account.archive.readManifest(account.of, number)));
  const bytes = encodeManifest(forged);
  const path = `manifests/${account.of.accountId}/${number}.json`;
  await container(account).getBlockBlobClient(path).uploadData(bytes);
  if (withRow) await account.archive.putManifest(account.of, manifestRow(forged, bytes), bytes);
  return path;
}

test("an account whose rows are lost is named by its manifests, whether or not it is asked for", async () => {
  const account = await backedUp();
  const other = oneAccount(clients, account.now(), NONE, (deps) => deps, account.of.organizationId);
  other.send("chat", "another's");
  other.pass(DAY);
  await other.run();
  const { organizationId, accountId } = account.of;
  const table = clients.table("archive");
  const filter = `PartitionKey eq '${organizationId}|${accountId}'`;
  for (const { partitionKey = "", rowKey = "" } of await Array.fromAsync(
    table.listEntities({ queryOptions: { filter } }),
  ))
    await table.deleteEntity(partitionKey, rowKey);
  const lost = [{ code: "manifest.row_missing", path: `manifests/${accountId}/1.json` }];
  expect(await found(account, "none")).toEqual(lost);
  const listed = await verifyArchive(clients, organizationId, "none", { accountIds: [accountId] });
  expect(listed.problems).toMatchObject(lost);
  const sound = await verifyArchive(clients, organizationId, "all", { accountIds: [other.of.accountId] });
  expect(sound.problems).toEqual([]);
});

test("a forged manifest is found by its hash, and one whose hash was mended by the link behind it", async () => {
  const status = (manifest: Manifest) => ({ ...manifest, status: "Partial" });
  const account = await backedUp();
  const path = await forge(account, 1, status, false);
  expect(await found(account, "none")).toEqual([{ code: "manifest.hash_differs", path }]);
  const other = await backedUp();
  const partitionKey = `${other.of.organizationId}|${other.of.accountId}`;
  const last = await clients.table("archive").getEntity(partitionKey, "manifest");
  await forge(other, 1, status, true);
  await clients.table("archive").upsertEntity({ ...last, partitionKey, rowKey: "manifest" }, "Replace");
  expect(await found(other, "none")).toContainEqual({
    code: "manifest.chain_broken",
    path: `manifests/${other.of.accountId}/2.json`,
  });
});

const forgeries: readonly [string, (manifest: Manifest) => Manifest, string][] = [
  ["a status", (manifest) => ({ ...manifest, status: "Partial" }), "manifest.status_differs"],
  [
    "sums",
    (manifest) => ({ ...manifest, totals: { ...manifest.totals, messages: manifest.totals.messages - 1 } }),
    "manifest.sums_differ",
  ],
  ["packs", (manifest) => ({ ...manifest, packs: { ...manifest.packs, added: [] } }), "manifest.sums_differ"],
  [
    "packs and sums",
    (manifest) => ({
      ...manifest,
      packs: { ...manifest.packs, added: [] },
      totals: { ...manifest.totals, messages: 31, versions: 31, packs: 2, packBytes: 0 },
    }),
    "manifest.sums_differ",
  ],
  [
    "windows",
    (manifest) => ({
      ...manifest,
      windows: manifest.windows.map((one) => ({ ...one, to: "2031-01-01T00:00:00.000Z" })),
    }),
    "window.row_missing",
  ],
];

test.each(forgeries)(
  "the newest manifest with other %s and its hash in its rows does not fit the other rows",
  async (_, change, code) => {
    const account = await backedUp();
    account.send("chat 2", "told by the newest");
    account.pass(DAY);
    await account.run();
    const number = (await account.archive.lastManifest(account.of))?.number ?? 0;
    const path = await forge(account, number, change, true);
    expect(await found(account, "none")).toContainEqual({ code, path });
  },
);

test("contents are checked by their rows, by their bytes, and by what messages point to", async () => {
  const archive = seededArchive(clients);
  const account = oneAccount(clients, Date.UTC(2025, 0, 1));
  const { organizationId } = account.of;
  const raw = message(1, { attachments: [file("a.txt"), file("b.txt"), file("c.txt")] });
  const again = message(2, { attachments: [file("a.txt")] });
  account.receive(raw);
  account.receive(again);
  account.pass(500 * DAY);
  await account.run();
  await archive.addContents(organizationId, raw, [
    { bytes: Buffer.from("aa") },
    { bytes: Buffer.from("b") },
    { reason: "content.gone" },
  ]);
  await archive.addContents(organizationId, again, [{ bytes: Buffer.from("aa") }]);
  for (const accountIds of [undefined, [account.of.accountId]]) {
    const sound = await verifyArchive(clients, organizationId, "all", accountIds ? { accountIds } : {});
    expect(sound).toMatchObject({ problems: [], checked: { contents: 2 } });
  }
  const [a = "", b = ""] = (await archive.contents.ofMessage(organizationId, String(raw["chatId"]), String(raw["id"])))
    .flatMap(({ sha256, bytes }) => (sha256 === undefined ? [] : bytes === 2 ? [`1${sha256}`] : [`2${sha256}`]))
    .sort()
    .map((name) => `contents/${name.slice(1)}`);
  await container(account).getBlockBlobClient(a).uploadData(Buffer.from("xx"));
  expect(await found(account, "none")).toEqual([]);
  expect(await found(account, "all")).toEqual([{ code: "content.damaged", path: a }]);
  await container(account).deleteBlob(b);
  expect(await found(account, "none")).toEqual([{ code: "content.missing", path: b }]);
  const listed = await verifyArchive(clients, organizationId, "none", { accountIds: [account.of.accountId] });
  expect(listed.problems.map(({ path }) => path)).toEqual([b]);
  const rows = clients.table("contents");
  for await (const { partitionKey = "", rowKey = "" } of rows.listEntities({
    queryOptions: { filter: `PartitionKey gt '${organizationId}|' and PartitionKey lt '${organizationId}|~'` },
  }))
    await rows.deleteEntity(partitionKey, rowKey);
  expect((await found(account, "all")).map(({ code }) => code)).toEqual(["content.row_missing"]);
});

test("a missing content is told for the row that names it still, where another one went while it was looked at", async () => {
  const organizationId = newId(0);
  const { contents, addContents } = seededArchive(clients);
  const said = [1, 2].map((n) => message(n, { chatId: "chat", attachments: [file("a.txt")] }));
  for (const raw of said) await addContents(organizationId, raw, [{ bytes: Buffer.from("a") }]);
  const [kept] = await contents.ofMessage(organizationId, "chat", String(said[1]?.["id"]));
  const path = `contents/${kept?.sha256}`;
  await clients.blobs.getContainerClient(`org-${organizationId}`).deleteBlob(path);
  const size: typeof contents.size = async (...given) => {
    await contents.forget(organizationId, "chat", String(said[0]?.["id"]));
    return contents.size(...given);
  };
  const verifications = verifyTables(clients.table("verifications"), clients.table("verificationItems"));
  const problems: Problem[] = [];
  const counts = await checkChat(
    { contents: { ...contents, size }, verifications },
    { organizationId, verifyId: newId(0) },
    chatKey("chat"),
    () => false,
    (problem) => Promise.resolve(void problems.push(problem)),
  );
  expect(problems).toMatchObject([{ code: "content.missing", path }]);
  expect(counts).toEqual({ contents: 1, bytes: 0 });
});

test("problems are counted whole and shown in part", async () => {
  const account = oneAccount(clients, Date.UTC(2016, 11, 1));
  for (let month = 0; month < 105; month++) {
    account.send("chat", `month ${month}`);
    account.pass(31 * DAY);
  }
  await account.run();
  for (const name of await names(account, "messages/")) await container(account).deleteBlob(name);
  const checked = await verifyArchive(clients, account.of.organizationId, "none");
  expect(checked.problems).toHaveLength(100);
  expect(checked.problemCount).toBeGreaterThan(100);
  const verifications = verifyTables(clients.table("verifications"), clients.table("verificationItems"));
  const of = { organizationId: account.of.organizationId, verifyId: checked.id };
  const ended = await verifications.find(of);
  if (!ended) throw new Error("no verification");
  let read = 0;
  const counting: typeof verifications = {
    ...verifications,
    parts: () => expect.unreachable("its sums are known"),
    problems: async function* () {
      for await (const problem of verifications.problems(of)) {
        read += 1;
        yield problem;
      }
    },
  };
  expect(await describeVerification(counting, of, ended)).toEqual(checked);
  expect(read).toBe(100);
});
