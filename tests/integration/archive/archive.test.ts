import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createArchiveReader } from "../../../shared/archive/archive-reader.ts";
import type { ArchiveStore, PackRow } from "../../../shared/archive/archive-store.ts";
import { heldAt } from "../../../shared/archive/chat-directory.ts";
import { chatKey } from "../../../shared/archive/chat-key.ts";
import { manifestPack } from "../../../shared/archive/manifest.ts";
import { encodePack, packLine } from "../../../shared/archive/pack.ts";
import { type MessageVersion, monthOf, versionOf } from "../../../shared/archive/version.ts";
import { hashId, newId } from "../../../shared/platform/new-id.ts";
import { archiveTables } from "../../../shared/storage/archive-tables.ts";
import { chatTables } from "../../../shared/storage/chat-tables.ts";
import type { StorageClients } from "../../../shared/storage/clients.ts";
import { contentTables } from "../../../shared/storage/content-tables.ts";
import { organizationBlobs } from "../../../shared/storage/organization-blobs.ts";
import { startAzurite } from "../../../local/azurite.ts";
import { clientsOf } from "../../support/storage.ts";

let azurite: Awaited<ReturnType<typeof startAzurite>>;
let clients: StorageClients;
let store: ArchiveStore;

beforeAll(async () => {
  azurite = await startAzurite();
  clients = clientsOf(azurite);
  store = archiveTables(clients.table("archive"), organizationBlobs(clients.blobs));
});
afterAll(() => azurite.stop());

const organizationId = newId(Date.now());
const account = () => ({ organizationId, accountId: hashId(newId(Date.now())) });

function message(chatId: string, id: number, etag = "1"): MessageVersion {
  const created = new Date(Date.UTC(2026, 0, 1) + id * 3_600_000).toISOString();
  const version = versionOf({
    chatId,
    id: String(id),
    etag,
    createdDateTime: created,
    lastModifiedDateTime: created,
    body: { content: "é🙂" },
  });
  if (!version) throw new Error("not a version");
  return version;
}

async function commit(of: ReturnType<typeof account>, versions: MessageVersion[]): Promise<PackRow> {
  const pack = await encodePack(versions.map(packLine));
  const month = monthOf(versions[0]?.createdAt);
  await store.putPack(of, month, pack.sha256, pack.bytes);
  const row = {
    ...pack.summary,
    month,
    sha256: pack.sha256,
    bytes: pack.bytes.length,
    messages: versions.length,
    runId: "r",
  };
  await store.commit(of, [row], []);
  return row;
}

async function read(of: ReturnType<typeof account>, chatId?: string): Promise<string[]> {
  const reading = {
    from: Date.UTC(2026, 0, 1),
    to: Date.UTC(2026, 11, 31),
    ...(chatId === undefined ? {} : { chatId }),
  };
  const names: string[] = [];
  for await (const { chatId: chat, id, etag } of createArchiveReader(store).versions(
    of.organizationId,
    of.accountId,
    reading,
  ))
    names.push(`${chat} ${id} ${etag}`);
  return names;
}

test("packs of several months and overlapping packs read as one ordered stream without doubles", async () => {
  const of = account();
  await commit(of, [message("b", 5), message("a", 9), message("a", 3)]);
  await commit(of, [message("a", 9, "2"), message("a", 9), message("a", 4)]);
  await commit(of, [message("a", 24 * 40)]);
  expect(await read(of)).toEqual(["a 3 1", "a 4 1", "a 9 1", "a 9 2", "a 960 1", "b 5 1"]);
  expect(await read(of, "b")).toEqual(["b 5 1"]);
});

test("a pack that was put and not committed does not exist; put again it is the same", async () => {
  const of = account();
  const pack = await encodePack([packLine(message("a", 1))]);
  await store.putPack(of, "2026-01", pack.sha256, pack.bytes);
  await store.putPack(of, "2026-01", pack.sha256, pack.bytes);
  expect(await read(of)).toEqual([]);
});

test("rows come back as they were written, and 250 packs commit with their window last", async () => {
  const of = account();
  const row = await commit(of, [message("a", 1), message("b", 2)]);
  const many = Array.from({ length: 250 }, (_, n) => ({ ...row, sha256: String(n).padStart(64, "0") }));
  const window = {
    from: 0,
    to: 1_900_000_000_000,
    state: "done",
    runId: "r",
    seen: 2,
    added: 2,
    unchanged: 0,
    malformed: 0,
  } as const;
  await store.commit(of, many, [window]);
  const rows = await Array.fromAsync(store.packs(of));
  expect(rows).toHaveLength(251);
  expect(rows.find((one) => one.sha256 === row.sha256)).toEqual(row);
  expect(await Array.fromAsync(store.windows(of))).toEqual([window]);
});

test("a damaged pack is named, never read as if it were whole", async () => {
  const of = account();
  const row = await commit(of, [message("a", 1), message("a", 2)]);
  const blob = clients.blobs
    .getContainerClient(`org-${organizationId}`)
    .getBlockBlobClient(`messages/${of.accountId}/${row.month}/${row.sha256}.ndjson.gz`);
  const other = await encodePack([packLine(message("a", 1))]);
  await blob.uploadData(other.bytes);
  await expect(read(of)).rejects.toMatchObject({ code: "archive.damaged" });
  await blob.uploadData(other.bytes.subarray(0, 20));
  await expect(read(of)).rejects.toMatchObject({ code: "archive.damaged" });
});

const sums = { messages: 1, versions: 2, packs: 1, packBytes: 3, contentBytes: 4, firstMessageAt: 5, lastMessageAt: 6 };

test("manifests are written once under their number, and the last one is found", async () => {
  const of = account();
  const first = { number: 1, sha256: "x", runId: "r", sums };
  expect(await store.lastManifest(of)).toBeUndefined();
  await store.putManifest(of, first, Buffer.from("{}"));
  await store.putManifest(of, first, Buffer.from("{}"));
  await expect(store.putManifest(of, { ...first, sha256: "y" }, Buffer.from("{ }"))).rejects.toMatchObject({
    code: "storage.conflict",
  });
  const second = { ...first, number: 2 };
  await store.putManifest(of, second, Buffer.from("{}"));
  expect(await Array.fromAsync(store.manifests(of))).toEqual([first, second]);
  expect(await store.lastManifest(of)).toEqual(second);
  expect((await store.readManifest(of, 1)).toString()).toBe("{}");
});

test("what was committed is to be told until it is forgotten, and found by its last modification", async () => {
  const of = account();
  const early = await commit(of, [message("a", 1)]);
  const late = await commit(of, [message("a", 30), message("a", 2)]);
  const changes = await Array.fromAsync(store.changes(of));
  expect(changes.map(({ added }) => added)).toEqual(
    expect.arrayContaining([[manifestPack(early)], [manifestPack(late)]]),
  );
  const since = (from: number, before?: number) => Array.fromAsync(store.packsModifiedSince(of, from, before));
  const { chats: _, ...entry } = late;
  expect(await since(late.lastModified ?? 0)).toEqual([entry]);
  expect(await since((late.lastModified ?? 0) + 1)).toEqual([]);
  expect(await since(0)).toHaveLength(2);
  await store.forgetChanges(of, changes);
  expect(await Array.fromAsync(store.changes(of))).toEqual([]);
  const { modifiedAt: __, ...timeless } = message("a", 3);
  const { chats: ___, ...untimed } = await commit(of, [timeless]);
  const begin = late.firstModified ?? 0;
  expect(await since(begin, begin + 1)).toEqual([entry, untimed]);
  expect(await since(begin, begin)).toEqual([untimed]);
  const { chats: ____, ...first } = early;
  expect(await since(0, begin)).toEqual([first, untimed]);
});

test("contents are kept once, and what does not fit into memory is left to the uploads", async () => {
  const contents = contentTables(
    clients.table("contents"),
    clients.table("pendingContents"),
    organizationBlobs(clients.blobs),
  );
  const bytes = Buffer.alloc(7_000_000, "bytes ");
  const put = (mostBytes: number) =>
    contents.put(
      organizationId,
      Readable.from([bytes.subarray(0, 5_000_000), bytes.subarray(5_000_000)], { objectMode: false }),
      mostBytes,
    );
  const stored = await put(bytes.length);
  expect(await put(bytes.length)).toEqual(stored);
  expect(stored?.bytes).toBe(bytes.length);
  expect((await buffer(await contents.open(organizationId, stored?.sha256 ?? ""))).equals(bytes)).toBe(true);
  expect(await put(bytes.length - 1)).toBeUndefined();
  const names = await Array.fromAsync(clients.blobs.getContainerClient(`org-${organizationId}`).listBlobsFlat());
  expect(names.filter(({ name }) => /^(contents|uploads)\//.test(name))).toHaveLength(1);
});

test("references are inserted once, keep their outcome, and the chat leaves the list when nobody added to it", async () => {
  const contents = contentTables(
    clients.table("contents"),
    clients.table("pendingContents"),
    organizationBlobs(clients.blobs),
  );
  const org = newId(Date.now());
  const reference = { kind: "hosted", key: hashId("h"), hostedId: "h" } as const;
  await contents.add(org, "chat", [{ messageId: "1", reference }]);
  const listed = async () =>
    (
      await Promise.all(
        Array.from({ length: 16 }, (_, n) => Array.fromAsync(contents.pendingChats(org, n, Date.now()))),
      )
    ).flat();
  const [chat] = await listed();
  expect(chat?.chatKey).toBe(chatKey("chat"));
  await contents.finish(org, {
    chatId: "chat",
    messageId: "1",
    reference,
    state: "stored",
    sha256: "x",
    bytes: 3,
    runId: "r",
  });
  await contents.add(org, "chat", [
    { messageId: "1", reference },
    { messageId: "2", reference },
  ]);
  if (chat) await contents.settle(org, chat);
  expect(await listed()).toHaveLength(1);
  expect((await contents.ofMessage(org, "chat", "1"))[0]).toMatchObject({ state: "stored", bytes: 3 });
  expect((await contents.ofMessage(org, "chat", "2"))[0]).toMatchObject({ state: "pending" });
  const [later] = await listed();
  if (later) await contents.settle(org, later);
  expect(await listed()).toEqual([]);
});

test("a chat that is taken off the list while rows are on their way is on it again, and no address is too long for its window", async () => {
  const contents = contentTables(
    clients.table("contents"),
    clients.table("pendingContents"),
    organizationBlobs(clients.blobs),
  );
  const org = newId(Date.now());
  const listed = async () =>
    (
      await Promise.all(
        Array.from({ length: 16 }, (_, n) => Array.fromAsync(contents.pendingChats(org, n, Date.now()))),
      )
    ).flat();
  const file = (n: number, url: string) =>
    ({
      messageId: String(n),
      reference: { kind: "file", key: hashId(String(n)), url, name: "n".repeat(40_000), attachmentId: "a" },
    }) as const;
  await contents.add(org, "chat", [
    file(1, "https://c.sharepoint.com/x"),
    file(2, `https://c.sharepoint.com/${"y".repeat(40_000)}`),
    { messageId: "3", reference: { kind: "hosted", key: hashId("3"), hostedId: "y".repeat(40_000) } },
  ]);
  expect((await contents.ofMessage(org, "chat", "1"))[0]).toMatchObject({ state: "pending" });
  for (const long of ["2", "3"])
    expect((await contents.ofMessage(org, "chat", long))[0]).toMatchObject({
      state: "failed",
      reason: "content.address_too_long",
    });
  for (const chat of await listed()) await contents.settle(org, chat);
  expect(await listed()).toEqual([]);
  await contents.add(org, "chat", [file(1, "https://c.sharepoint.com/x")]);
  expect(await listed()).toHaveLength(1);
});

test("chat snapshots and names are added when they differ", async () => {
  const directory = chatTables(clients.table("chats"), clients.table("directory"));
  const org = newId(Date.now());
  const snapshot = { chatId: "19:x@thread.v2", type: "group", topic: "Plans", members: [{ id: "u/1", name: "Ana" }] };
  await directory.record(org, snapshot, 1_000);
  await directory.record(org, snapshot, 2_000);
  await directory.record(org, { ...snapshot, topic: "New" }, 3_000);
  expect(await directory.chat(org, snapshot.chatId)).toEqual({ ...snapshot, topic: "New" });
  expect(await directory.person(org, "u/1")).toEqual({ id: "u/1", name: "Ana" });
  expect(await directory.chat(org, "19:y@thread.v2")).toBeUndefined();
});

test("snapshots of a chat tell from when on each of them held", async () => {
  const directory = chatTables(clients.table("chats"), clients.table("directory"));
  const [org, chatId] = [newId(Date.now()), "19:x@thread.v2"];
  const at = (day: number) => Date.UTC(2026, 0, day);
  const updated = (day: number) => ({ updated: new Date(at(day)).toISOString() });
  const of = (...ids: string[]) => ({ chatId, members: ids.map((id) => ({ id })) });
  expect(await directory.snapshotTimes(org, chatId)).toEqual([]);
  await directory.record(org, { ...of("a", "b"), ...updated(2) }, at(10));
  await directory.record(org, { ...of("a", "b"), ...updated(11) }, at(12));
  await directory.record(org, { ...of("a"), ...updated(14) }, at(15));
  // A name that changed, which moves no mark; a mark that nobody can read; one that lies ahead, and one that fell back.
  await directory.record(org, { chatId, members: [{ id: "a", name: "Ana" }], ...updated(14) }, at(20));
  await directory.record(org, { ...of("a", "c"), updated: "today" }, at(22));
  await directory.record(org, { ...of("c"), ...updated(99) }, at(24));
  await directory.record(org, { ...of("d"), ...updated(23) }, at(26));
  const times = await directory.snapshotTimes(org, chatId);
  const days = [2, 14, 20, 22, 24, 26].map((day, index) => [at(day), at([10, 15, 20, 22, 24, 26][index] ?? 0)]);
  expect(times.map(({ from, seenAt }) => [from, seenAt])).toEqual(days);
  const membersAt = async (day: number) => {
    const seenAt = heldAt(times, at(day))?.seenAt ?? 0;
    return (await directory.snapshotSeenAt(org, chatId, seenAt))?.members.map(({ id }) => id);
  };
  const seen = [1, 2, 13, 14, 21, 22, 25, 99].map(membersAt);
  expect(await Promise.all(seen)).toEqual([["a", "b"], ["a", "b"], ["a", "b"], ["a"], ["a"], ["a", "c"], ["c"], ["d"]]);
  expect(await directory.snapshotSeenAt(org, chatId, 1)).toBeUndefined();
  expect(heldAt([], at(1))).toBeUndefined();
});
