import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { createArchiveReader } from "../../../shared/archive/archive-reader.ts";
import type { ArchiveOf, ArchiveStore } from "../../../shared/archive/archive-store.ts";
import { decodeManifest } from "../../../shared/archive/manifest.ts";
import { applyRetention } from "../../../shared/archive/removal/apply-retention.ts";
import { isMonthPast } from "../../../shared/archive/retention.ts";
import { visibleTotals } from "../../../shared/archive/visible-totals.ts";
import { newId } from "../../../shared/platform/new-id.ts";
import { leftoverBlobs } from "../../../shared/storage/leftover-blobs.ts";
import { file, message } from "../../support/download-world.ts";
import { dyingAfter, KILLED } from "../../support/dying.ts";
import { NONE, type OneAccount, oneAccount } from "../../support/one-account.ts";
import { seededArchive } from "../../support/seeded-archive.ts";
import { verifyArchive } from "../../support/verify-archive.ts";
import { ownStorage } from "../../support/own-storage.ts";

const clients = ownStorage();

const DAY = 86_400_000;
const all = { from: 0, to: Date.UTC(2100, 0) };
const texts = (versions: { raw: Readonly<Record<string, unknown>> }[]) =>
  versions.map(({ raw }) => (raw["body"] as { content: string }).content);

/** Six months of one message each, from January 2025 on, at noon of the tenth; and a file in the first. */
async function sixMonths(organizationId?: string): Promise<OneAccount> {
  const account = oneAccount(clients, Date.UTC(2025, 0, 1), NONE, (deps) => deps, organizationId);
  const at = new Date(Date.UTC(2025, 0, 11)).toISOString();
  const given = { chatId: "chat", createdDateTime: at, lastModifiedDateTime: at, attachments: [file("a.txt")] };
  account.receive(message(1, { ...given, id: "1736553600000" }));
  for (let month = 0; month < 6; month++) {
    account.pass(Date.UTC(2025, month, 10, 12) - account.now());
    account.send("chat", `month ${month + 1}`);
  }
  account.pass(30 * DAY);
  await account.run();
  return account;
}

const file1 = message(1, { chatId: "chat", id: "1736553600000", attachments: [file("a.txt")] });

function retention(account: OneAccount, visibleFrom: number, held: readonly string[] = []) {
  const deps = {
    archive: account.archive,
    contents: seededArchive(clients).contents,
    leftovers: leftoverBlobs(clients.blobs),
    visibleFrom: ({ accountId }: ArchiveOf) =>
      Promise.resolve(held.includes(accountId) ? Number.NEGATIVE_INFINITY : visibleFrom),
    held: () => Promise.resolve(held),
    now: Date.now,
  };
  return { deps, of: { ...account.of, retentionId: newId(account.now()) } };
}

test("a month is past when its last moment is", () => {
  expect(isMonthPast("2025-12", Date.UTC(2026, 0, 1))).toBe(true);
  expect(isMonthPast("2025-12", Date.UTC(2026, 0, 1) - 1)).toBe(false);
  expect(isMonthPast("unknown", Number.POSITIVE_INFINITY)).toBe(false);
});

test("readers and counts hide at once what is past, and nothing of what is held", async () => {
  const account = await sixMonths();
  const { organizationId, accountId } = account.of;
  const { deps } = retention(account, Date.UTC(2025, 2, 10, 13));
  const reader = createArchiveReader(account.archive, deps.visibleFrom);
  const visible = await Array.fromAsync(reader.versions(organizationId, accountId, all));
  expect(texts(visible)).toEqual(["month 4", "month 5", "month 6"]);
  expect(await reader.spans(organizationId, accountId)).toHaveLength(3);
  // March is its month, but all that it has is past.
  expect(await visibleTotals(account.archive, deps.visibleFrom, account.of)).toMatchObject({
    messages: 3,
    versions: 3,
  });
  const holding = retention(account, Date.UTC(2025, 2, 10, 13), [accountId]).deps.visibleFrom;
  const whole = createArchiveReader(account.archive, holding);
  expect(await Array.fromAsync(whole.versions(organizationId, accountId, all))).toHaveLength(7);
  expect(await visibleTotals(account.archive, holding, account.of)).toMatchObject({ messages: 7 });
});

test("packs go when all of their month is past, the manifest tells why, and all verifies, killed after every step in turn", async () => {
  const account = await sixMonths();
  const { organizationId } = account.of;
  const archive = seededArchive(clients);
  await archive.addContents(organizationId, file1, [{ bytes: Buffer.from("a") }]);
  const { deps, of } = retention(account, Date.UTC(2025, 2, 15));
  let kills = 0;
  for (let calls = 1; ; calls++) {
    const dying = dyingAfter(calls);
    const mortal = {
      ...deps,
      archive: dying(deps.archive),
      contents: dying(deps.contents),
      leftovers: dying(deps.leftovers),
    };
    const life = async () => {
      for (;;) {
        const step = await applyRetention(mortal, of, 0);
        if (step.status !== "again") return step;
      }
    };
    const step = await life().catch((error: unknown) => {
      if (error !== KILLED) throw error;
      kills += 1;
    });
    if (step?.status === "done") break;
  }
  expect(kills).toBeGreaterThan(6);
  expect((await Array.fromAsync(account.archive.packs(account.of))).map(({ month }) => month)).toEqual([
    "2025-03",
    "2025-04",
    "2025-05",
    "2025-06",
  ]);
  expect(await archive.contents.ofMessage(organizationId, "chat", String(file1["id"]))).toEqual([]);
  const last = await account.archive.lastManifest(account.of);
  const manifest = decodeManifest(await account.archive.readManifest(account.of, last?.number ?? 0), last?.sha256);
  expect(manifest).toMatchObject({
    number: 2,
    status: "Reduced",
    packs: { removed: [{ why: "retention" }] },
    totals: { messages: 4, firstMessageAt: "2025-03-10T12:00:00.000Z" },
  });
  expect(await account.archive.totals(account.of)).toMatchObject({ messages: 4, lastRun: { status: "Completed" } });
  expect((await verifyArchive(clients, organizationId, "all")).problems).toEqual([]);
  await applyRetention(deps, { ...of, retentionId: newId(0) }, Number.POSITIVE_INFINITY);
  expect((await account.archive.lastManifest(account.of))?.number).toBe(2);
  account.pass(DAY);
  account.send("chat", "after");
  account.pass(DAY);
  expect(await account.run()).toMatchObject({ status: "Completed", totals: { messagesNew: 1 } });
  expect((await verifyArchive(clients, organizationId, "none")).problems).toEqual([]);
});

test("a held account keeps everything, its chats' contents too, while another one of the chat is reduced", async () => {
  const held = await sixMonths();
  const { organizationId } = held.of;
  const other = await sixMonths(organizationId);
  const archive = seededArchive(clients);
  await archive.addContents(organizationId, file1, [{ bytes: Buffer.from("a") }]);
  for (const account of [held, other]) {
    const { deps, of } = retention(account, Date.UTC(2025, 2, 15), [held.of.accountId]);
    await applyRetention(deps, of, Number.POSITIVE_INFINITY);
  }
  expect(await held.versions()).toHaveLength(7);
  expect(await other.versions()).toHaveLength(4);
  expect(await archive.contents.ofMessage(organizationId, "chat", String(file1["id"]))).toHaveLength(1);
  expect((await verifyArchive(clients, organizationId, "all")).problems).toEqual([]);
});

test("a reader that listed what retention then removes reads the rest; what is damaged and not removed stays damage", async () => {
  const account = await sixMonths();
  const { organizationId, accountId } = account.of;
  const { deps, of } = retention(account, Date.UTC(2025, 2, 1));
  let opened = 0;
  const openPack: ArchiveStore["openPack"] = async (...given) => {
    if (++opened === 1) await applyRetention(deps, of, Number.POSITIVE_INFINITY);
    return account.archive.openPack(...given);
  };
  const reader = createArchiveReader({ ...account.archive, openPack });
  const read = await Array.fromAsync(reader.versions(organizationId, accountId, all));
  expect(texts(read)).toEqual(["month 3", "month 4", "month 5", "month 6"]);
  const [left] = await Array.fromAsync(account.archive.packs(account.of));
  if (!left) throw new Error("no pack");
  await account.archive.removePackFile(account.of, left);
  await expect(account.versions()).rejects.toMatchObject({ code: "archive.damaged" });
});

test("a pack that is removed in the middle of its reading is read no further, and nothing is read twice", async () => {
  const account = await sixMonths();
  const { archive } = account;
  const { organizationId, accountId } = account.of;
  const at = (n: number) => new Date(Date.UTC(2024, 11, 1) + n * 1_000).toISOString();
  const many = Array.from({ length: 4_000 }, (_, n) =>
    message(n, { chatId: "chat", createdDateTime: at(n), body: { content: randomBytes(100).toString("hex") } }),
  );
  await seededArchive(clients).addMessages(account.of, many);
  const isUnderWay = Promise.withResolvers<undefined>();
  const openPack: typeof archive.openPack = async (given, pack) => {
    const whole = Buffer.concat(await Array.fromAsync(await archive.openPack(given, pack)));
    const [row] = await Array.fromAsync(archive.packs(given, { from: "2024-12", to: "2024-12" }));
    if (row?.sha256 !== pack.sha256) return Readable.from([whole]);
    return Readable.from(
      (async function* () {
        yield whole.subarray(0, whole.length >> 1);
        await isUnderWay.promise;
        await archive.removePacks(given, "retention", [row]);
        throw Object.assign(new Error("gone"), { statusCode: 404 });
      })(),
    );
  };
  const reader = createArchiveReader({ ...archive, openPack });
  const read: string[] = [];
  for await (const version of reader.versions(organizationId, accountId, all))
    if (read.push(...texts([version])) === 500) isUnderWay.resolve(undefined);
  expect(read.slice(-5)).toEqual([2, 3, 4, 5, 6].map((month) => `month ${month}`));
  expect(read.length).toBeGreaterThan(500);
  expect(read.length).toBeLessThan(4_000);
  expect(new Set(read).size).toBe(read.length);
});

test("a verification beside a retention misses no contents of messages that are past, and all others", async () => {
  const first = await sixMonths();
  const account = await sixMonths(first.of.organizationId);
  const { organizationId } = first.of;
  await seededArchive(clients).addContents(organizationId, file1, [{ bytes: Buffer.from("a") }]);
  const { deps, of } = retention(first, Date.UTC(2025, 2, 15));
  await applyRetention(deps, of, Number.POSITIVE_INFINITY);
  await deps.contents.forget(organizationId, "chat", String(file1["id"]));
  // The other account of the chat has its packs still.
  expect(await account.versions()).toHaveLength(7);
  const codes = async (visibleFrom: typeof deps.visibleFrom) =>
    (await verifyArchive(clients, organizationId, "all", { visibleFrom })).problems.map(({ code }) => code);
  expect(await codes(deps.visibleFrom)).toEqual([]);
  expect(await codes(retention(account, Date.UTC(2025, 0, 31)).deps.visibleFrom)).toEqual(["content.row_missing"]);
  const holding = retention(account, Date.UTC(2025, 2, 15), [account.of.accountId]).deps.visibleFrom;
  expect(await codes(holding)).toEqual(["content.row_missing"]);
});

/** One message in each of 25 months, the last with a file. */
async function manyMonths(organizationId?: string) {
  const account = oneAccount(clients, Date.UTC(2022, 0, 1), NONE, (deps) => deps, organizationId);
  for (let month = 0; month < 24; month++) {
    account.send("chat", `month ${month}`);
    account.pass(31 * DAY);
  }
  const at = new Date(Date.UTC(2024, 0, 20)).toISOString();
  const filed = message(1, {
    chatId: "chat",
    createdDateTime: at,
    lastModifiedDateTime: at,
    attachments: [file("a.txt")],
  });
  account.receive(filed);
  account.pass(90 * DAY);
  await account.run();
  return { account, filed };
}

test("a hold that comes midway keeps what is left: of the account itself, and contents of the chats of another", async () => {
  const { account, filed } = await manyMonths();
  const { organizationId, accountId } = account.of;
  const other = await manyMonths(organizationId);
  const archive = seededArchive(clients);
  await archive.addContents(organizationId, filed, [{ bytes: Buffer.from("a") }]);
  const heldSince = (asked: number, id: string) => {
    let calls = 0;
    return () => Promise.resolve(++calls > asked ? [id] : []);
  };
  const { deps, of } = retention(account, Date.UTC(2025, 0, 1));
  const own = { ...deps, held: heldSince(1, accountId) };
  await applyRetention(own, of, Number.POSITIVE_INFINITY);
  expect(await account.versions()).toHaveLength(5);
  const second = retention(other.account, Date.UTC(2025, 0, 1));
  await applyRetention({ ...second.deps, held: heldSince(1, accountId) }, second.of, Number.POSITIVE_INFINITY);
  expect(await other.account.versions()).toEqual([]);
  expect(await archive.contents.ofMessage(organizationId, "chat", String(filed["id"]))).toHaveLength(1);
  expect((await verifyArchive(clients, organizationId, "all")).problems).toEqual([]);
});

test("a retention reads the packs of each held account once, however many it reduces and however little time it has", async () => {
  const { of: first } = await sixMonths();
  const { organizationId } = first;
  const accounts = [await sixMonths(organizationId), await sixMonths(organizationId)];
  const ids = [first.accountId, (await sixMonths(organizationId)).of.accountId];
  let listings = 0;
  for (const account of accounts) {
    const { deps, of } = retention(account, Date.UTC(2025, 2, 15), ids);
    const packs: ArchiveStore["packs"] = (given, months) => {
      if (ids.includes(given.accountId)) listings += 1;
      return account.archive.packs(given, months);
    };
    const inOne = { ...of, retentionId: `of ${organizationId}` };
    for (let step; step?.status !== "done"; )
      step = await applyRetention({ ...deps, archive: { ...account.archive, packs } }, inOne, 0);
    expect(await account.versions()).toHaveLength(4);
  }
  expect(listings).toBe(2);
});

/** Two accounts of one chat, in the order of their turns, and a file of a message that is past. */
async function two() {
  const before = await sixMonths();
  const { organizationId } = before.of;
  const accounts = [before, await sixMonths(organizationId)];
  const [first = before, second = before] = accounts.toSorted((a, b) => (a.of.accountId < b.of.accountId ? -1 : 1));
  const { addContents, contents } = seededArchive(clients);
  await addContents(organizationId, file1, [{ bytes: Buffer.from("a") }]);
  const past = Date.UTC(2025, 2, 15);
  const retentionId = newId(first.now());
  const retain = async (account: OneAccount, visibleFrom = past, held: readonly string[] = [], id = retentionId) => {
    const { deps, of } = retention(account, visibleFrom, held);
    const step = await applyRetention(deps, { ...of, retentionId: id }, Number.POSITIVE_INFINITY);
    expect(step.status).toBe("done");
  };
  const files = async () => (await contents.ofMessage(organizationId, "chat", String(file1["id"]))).length;
  const problems = async () => (await verifyArchive(clients, organizationId, "all")).problems;
  return { first, second, retain, past, files, problems };
}

test.each<["is lifted" | "gives way to a hold"]>([["is lifted"], ["gives way to a hold"]])(
  "a file stays with the message that keeps it when the retention %s between two accounts of the chat",
  async (what) => {
    const { first, second, retain, files, problems, past } = await two();
    await retain(first);
    if (what === "is lifted") await retain(second, Number.NEGATIVE_INFINITY);
    else await retain(second, past, [second.of.accountId]);
    expect(await first.versions()).toHaveLength(4);
    expect(await second.versions()).toHaveLength(7);
    expect(await problems()).toEqual([]);
    expect(await files()).toBe(1);
  },
);

test("a file goes with the last account that has its message, also where the one that had its turn before was cut short", async () => {
  const { first, second, retain, files, problems } = await two();
  await retain(first);
  expect(await files()).toBe(1);
  await retain(second);
  expect(await files()).toBe(0);
  expect(await problems()).toEqual([]);

  const others = await two();
  // Noted by the first, which is then cut short by a longer retention.
  const dying = dyingAfter(3);
  const { deps, of } = retention(others.first, others.past);
  const cut = { ...deps, archive: dying(deps.archive) };
  await expect(applyRetention(cut, { ...of, retentionId: "cut" }, Number.POSITIVE_INFINITY)).rejects.toBe(KILLED);
  await others.retain(others.second, others.past, [], "cut");
  expect(await others.second.versions()).toHaveLength(4);
  expect(await others.files()).toBe(1);
  await others.retain(others.first);
  expect(await others.first.versions()).toHaveLength(4);
  expect(await others.files()).toBe(0);
  expect(await others.problems()).toEqual([]);
});
