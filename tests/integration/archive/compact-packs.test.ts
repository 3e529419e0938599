import { expect, test } from "vitest";
import { createArchiveReader } from "../../../shared/archive/archive-reader.ts";
import type { ArchiveStore, PackRow } from "../../../shared/archive/archive-store.ts";
import { compactPacks } from "../../../shared/archive/compact-packs.ts";
import { decodeManifest, type Manifest } from "../../../shared/archive/manifest.ts";
import { joinPacks } from "../../../shared/archive/join-packs.ts";
import { encodePack, packLine } from "../../../shared/archive/pack.ts";
import { versionKey, versionOf } from "../../../shared/archive/version.ts";
import type { RawMessage } from "../../../shared/chats/message.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { type OneAccount, oneAccount } from "../../support/one-account.ts";
import { ownStorage } from "../../support/own-storage.ts";

const clients = ownStorage();

const HOUR = 3_600_000;
const START = Date.UTC(2025, 0, 1);
const NEVER = Number.POSITIVE_INFINITY;

/** Runs of an hour each, which leave a pack in the same month. */
async function runs(account: OneAccount, count: number, text = "message"): Promise<void> {
  for (let n = 0; n < count; n++) {
    account.send(`chat ${n % 3}`, `${text} ${account.sent.length}`);
    account.pass(HOUR);
    await account.run();
  }
}

/** An account with packs of one message each, as so many runs would have left it. */
async function withPacks(count: number): Promise<OneAccount> {
  const account = oneAccount(clients, START);
  for (let n = 0; n < count; n++) account.send(`chat ${n % 3}`, `message ${n}`);
  for (const raw of account.sent) await commit(account, [raw], 1);
  account.pass(HOUR);
  expect((await account.run()).totals).toMatchObject({ messagesNew: 0, messagesUnchanged: count });
  return account;
}

async function commit(
  { archive, of }: OneAccount,
  raw: readonly RawMessage[],
  messages: number,
  more: { readonly settledUntil?: number } = {},
): Promise<void> {
  const lines = raw.flatMap((one) => versionOf(one) ?? []).map(packLine);
  const { summary, sha256, bytes } = await encodePack(lines);
  await archive.putPack(of, "2025-01", sha256, bytes);
  await archive.commit(
    of,
    [{ ...summary, month: "2025-01", sha256, bytes: bytes.length, messages, runId: "r", ...more }],
    [],
  );
}

const packsOf = ({ archive, of }: OneAccount) => Array.fromAsync(archive.packs(of));
const sum = (packs: readonly { versions: number }[]) => packs.reduce((total, { versions }) => total + versions, 0);

async function manifests({ archive, of }: OneAccount): Promise<Manifest[]> {
  const read: Manifest[] = [];
  for await (const { number, sha256 } of archive.manifests(of))
    read.push(decodeManifest(await archive.readManifest(of, number), sha256));
  return read;
}

/** The packs that the manifests tell of, played from the first to the last. */
function played(given: readonly Manifest[]): string[] {
  const packs = new Set<string>();
  for (const { packs: told } of given) {
    for (const { sha256 } of told.added) packs.add(sha256);
    for (const { packs: gone, by } of told.replaced) {
      for (const { sha256 } of gone) expect(packs.delete(sha256)).toBe(true);
      for (const { sha256 } of by) packs.add(sha256);
    }
  }
  return [...packs].sort();
}

test("a month of many packs becomes one, which reads the same, and the manifest says what it took the place of", async () => {
  const account = oneAccount(clients, START);
  await runs(account, 33);
  const before = await packsOf(account);
  expect(before).toHaveLength(33);
  const versions = await account.versions();
  account.pass(HOUR);
  await account.run();
  const [joined, ...others] = await packsOf(account);
  expect(others).toEqual([]);
  expect(joined).toMatchObject({ month: "2025-01", versions: 33, messages: 33, level: 1 });
  expect(joined?.chats?.map(({ chatId, count }) => [chatId, count])).toEqual([
    ["chat 0", 11],
    ["chat 1", 11],
    ["chat 2", 11],
  ]);
  expect(await account.versions()).toEqual(versions);
  const told = await manifests(account);
  expect(told.at(-1)?.packs).toMatchObject({ added: [], replaced: [{ why: "compaction", by: [{ versions: 33 }] }] });
  expect(told.at(-1)?.totals).toMatchObject({ messages: 33, versions: 33, packs: 1, packBytes: joined?.bytes });
  expect(played(told)).toEqual([joined?.sha256]);
  const container = clients.blobs.getContainerClient(`org-${account.of.organizationId}`);
  expect(await Array.fromAsync(container.listBlobsFlat({ prefix: "uploads/" }))).toEqual([]);
  const kept = await Array.fromAsync(container.listBlobsFlat({ prefix: "messages/" }));
  expect(kept).toHaveLength(34);
});

test("what was compacted is known: overlaps bring nothing, an edit lies beside it, and more packs are joined to it", async () => {
  const account = await withPacks(33);
  account.pass(HOUR);
  await account.run();
  const [first] = account.sent;
  account.edit({ chatId: String(first?.["chatId"]), id: String(first?.["id"]) }, "edited");
  account.pass(HOUR);
  expect((await account.run()).totals).toMatchObject({ messagesSeen: 33, messagesNew: 1, messagesUnchanged: 32 });
  expect((await account.versions()).slice(0, 2).map(({ raw }) => raw["body"])).toEqual([
    { contentType: "text", content: "message 0" },
    { contentType: "text", content: "edited" },
  ]);
  await runs(account, 33, "a message that is longer than those before");
  const packs = await packsOf(account);
  expect(packs.map(({ level }) => level)).toEqual([undefined, undefined, 2]);
  expect(sum(packs)).toBe(67);
  expect(await account.archive.totals(account.of)).toMatchObject({ messages: 66, versions: 67 });
  expect(played(await manifests(account))).toEqual(packs.map(({ sha256 }) => sha256).sort());
});

test("a reading that began before goes on: what it listed is still there", async () => {
  const account = await withPacks(33);
  const { organizationId, accountId } = account.of;
  const reading = createArchiveReader(account.archive).versions(organizationId, accountId, {
    from: 0,
    to: Date.UTC(2100, 0),
  });
  const ids = [(await reading.next()).value as { id: string }];
  account.pass(HOUR);
  await account.run();
  expect(await packsOf(account)).toHaveLength(1);
  for await (const version of reading) ids.push(version);
  expect(ids).toHaveLength(33);
});

const killed = new AppError("unavailable", "storage.unavailable", "killed");

/** The store, going down before or after one kind of call. */
function downAt(archive: ArchiveStore, call: "putPackStream" | "replacePacks", when: "before" | "after"): ArchiveStore {
  let isUp = true;
  const once = async <T>(work: () => Promise<T>): Promise<T> => {
    if (!isUp) return work();
    isUp = false;
    if (when === "after") await work();
    throw killed;
  };
  return call === "putPackStream"
    ? { ...archive, putPackStream: (...given) => once(() => archive.putPackStream(...given)) }
    : { ...archive, replacePacks: (...given) => once(() => archive.replacePacks(...given)) };
}

test.each([
  ["putPackStream", "before"],
  ["putPackStream", "after"],
  ["replacePacks", "before"],
  ["replacePacks", "after"],
] as const)("killed at %s, %s it: readers see one state or the other, and a repeat ends it", async (call, when) => {
  const account = await withPacks(33);
  const versions = await account.versions();
  const run = { ...account.of, runId: "later" };
  const deps = { archive: downAt(account.archive, call, when), now: account.now };
  await expect(compactPacks(deps, run, NEVER)).rejects.toBe(killed);
  const packs = await packsOf(account);
  expect([1, 33]).toContain(packs.length);
  expect(sum(packs)).toBe(33);
  expect(await account.versions()).toEqual(versions);
  expect(await compactPacks(deps, run, NEVER)).toEqual({ status: "done", result: {} });
  expect(await packsOf(account)).toMatchObject([{ versions: 33, messages: 33 }]);
  expect(await account.versions()).toEqual(versions);
  account.pass(HOUR);
  await account.run();
  expect(played(await manifests(account))).toEqual((await packsOf(account)).map(({ sha256 }) => sha256));
});

test("of two that compact at the same time one does it, and the other finds nothing more to do", async () => {
  const account = await withPacks(33);
  const deps = { archive: account.archive, now: account.now };
  const both = [1, 2].map(() => compactPacks(deps, { ...account.of, runId: "r" }, NEVER));
  const endings = (await Promise.all(both)).map(({ status }) => status);
  expect(endings).toContain("done");
  expect(await compactPacks(deps, { ...account.of, runId: "r" }, NEVER)).toMatchObject({ status: "done" });
  expect(await packsOf(account)).toMatchObject([{ versions: 33, messages: 33 }]);
  expect(await Array.fromAsync(account.archive.changes(account.of))).toMatchObject([{ replaced: { length: 33 } }]);
});

test("out of time it says so, and packs that no manifest tells of are left alone", async () => {
  const account = await withPacks(33);
  const deps = { archive: account.archive, now: account.now };
  expect(await compactPacks(deps, { ...account.of, runId: "r" }, 0)).toEqual({ status: "again" });
  const untold = oneAccount(clients, START);
  for (const row of await packsOf(account)) await account.archive.commit(untold.of, [row], []);
  expect(await compactPacks(deps, { ...untold.of, runId: "r" }, NEVER)).toMatchObject({ status: "done" });
  expect(await packsOf(untold)).toHaveLength(33);
});

test("a damaged pack is named and left as it is: nothing takes its place", async () => {
  const account = await withPacks(33);
  const [victim] = await packsOf(account);
  const container = clients.blobs.getContainerClient(`org-${account.of.organizationId}`);
  const name = `messages/${account.of.accountId}/2025-01/${victim?.sha256}.ndjson.gz`;
  const bytes = await container.getBlockBlobClient(name).downloadToBuffer();
  const deps = { archive: account.archive, now: account.now };
  const run = { ...account.of, runId: "r" };
  await container.getBlockBlobClient(name).uploadData(bytes.subarray(0, bytes.length - 9));
  expect(await compactPacks(deps, run, NEVER)).toEqual({ status: "failed", code: "archive.damaged" });
  await container.deleteBlob(name);
  expect(await compactPacks(deps, run, NEVER)).toEqual({ status: "failed", code: "archive.damaged" });
  expect(await packsOf(account)).toHaveLength(33);
  const rest = await Array.fromAsync(container.listBlobsFlat({ prefix: "uploads/" }));
  expect(rest).toEqual([]);
  await container.getBlockBlobClient(name).uploadData(bytes);
  expect(await compactPacks(deps, run, NEVER)).toMatchObject({ status: "done" });
  expect(await packsOf(account)).toMatchObject([{ versions: 33 }]);
});

test("a version that two packs hold is there once afterwards, and where its texts differ all of them stay", async () => {
  const account = await withPacks(32);
  const [[first, second]] = [await account.versions()];
  if (!first || !second) throw new Error("no versions");
  // As two fetches leave it that brought the same at the same time: both counted it.
  await commit(account, [first.raw, { ...second.raw, body: null }], 2);
  const versions = await account.versions();
  account.pass(HOUR);
  await account.run();
  account.pass(HOUR);
  await account.run();
  const [joined, ...others] = await packsOf(account);
  expect(others).toEqual([]);
  expect(joined).toMatchObject({ versions: 33, messages: 32 });
  expect((await account.versions()).map(versionKey)).toEqual(versions.map(versionKey));
  expect((await manifests(account)).at(-1)?.totals).toMatchObject({ messages: 32, versions: 33, packs: 1 });
});

test("what is joined is settled as far as all of it is, and what is not known to be settled is asked for", async () => {
  const account = oneAccount(clients, START);
  const { archive, of } = account;
  for (const [n, settledUntil] of [2_000, 1_000, undefined].entries()) {
    account.send("chat", `message ${n}`);
    await commit(account, account.sent.slice(n), 1, settledUntil === undefined ? {} : { settledUntil });
  }
  const packs = await packsOf(account);
  const known = packs.filter(({ settledUntil }) => settledUntil !== undefined);
  const settled = async (rows: PackRow[]) => (await joinPacks(archive, of, "2025-01", rows, "r")).settledUntil;
  expect([await settled(known), await settled(packs)]).toEqual([1_000, undefined]);
  const asked = async (until: number) =>
    (await Array.fromAsync(archive.unsettledPacks(of, "2025-01", until))).map((pack) => pack.settledUntil).sort();
  expect(await asked(2_000)).toEqual([1_000, undefined]);
  expect(await asked(2_001)).toEqual([1_000, 2_000, undefined]);
  expect(await asked(1_000)).toEqual([undefined]);
});
