import { expect, test } from "vitest";
import { decodeManifest } from "../../../shared/archive/manifest.ts";
import { openChain } from "../../../shared/archive/manifest-chain.ts";
import { failErasure } from "../../../shared/archive/removal/end-erasure.ts";
import { eraseAccount } from "../../../shared/archive/removal/erase-account.ts";
import { hashId, newId } from "../../../shared/platform/new-id.ts";
import { leftoverBlobs } from "../../../shared/storage/leftover-blobs.ts";
import { file, message } from "../../support/download-world.ts";
import { dyingAfter, KILLED, killedAfterEach } from "../../support/dying.ts";
import { NONE, type OneAccount, oneAccount } from "../../support/one-account.ts";
import { seededArchive } from "../../support/seeded-archive.ts";
import { verifyArchive } from "../../support/verify-archive.ts";
import { ownStorage } from "../../support/own-storage.ts";

const clients = ownStorage();

const DAY = 86_400_000;
const START = Date.UTC(2025, 0, 1);

/** Two accounts that share a chat, each with one of its own; a file in each chat. */
async function twoAccounts() {
  const mine = oneAccount(clients, START);
  const { organizationId } = mine.of;
  const theirs = oneAccount(clients, START, NONE, (deps) => deps, organizationId);
  const said = (chatId: string, n: number) => message(n, { chatId, attachments: [file(`${chatId}.txt`)] });
  const [own, shared, other] = [said("own", 1), said("shared", 2), said("other", 3)];
  for (const raw of [own, shared]) mine.receive(raw);
  for (const raw of [shared, other]) theirs.receive(raw);
  for (let n = 0; n < 3; n++) {
    mine.send("own", `month ${n}`);
    for (const account of [mine, theirs]) account.pass(31 * DAY);
  }
  for (const account of [mine, theirs]) {
    account.pass(500 * DAY);
    await account.run();
  }
  const archive = seededArchive(clients);
  for (const raw of [own, shared, other])
    await archive.addContents(organizationId, raw, [{ bytes: Buffer.from(`file of ${String(raw["chatId"])}`) }]);
  const contentsOf = async (raw: typeof own) =>
    (await archive.contents.ofMessage(organizationId, String(raw["chatId"]), String(raw["id"]))).length;
  return { mine, theirs, organizationId, archive, own, shared, other, contentsOf };
}

type World = Awaited<ReturnType<typeof twoAccounts>>;

function erasure({ mine, archive, organizationId }: World) {
  const approvalId = newId(START);
  const log: string[] = [];
  let outcome: unknown;
  const deps = {
    archive: mine.archive,
    contents: archive.contents,
    leftovers: leftoverBlobs(clients.blobs),
    isHeld: () => Promise.resolve(false),
    deactivate: () => Promise.resolve(void log.push("deactivated")),
    now: Date.now,
    erasures: {
      next: () => Promise.resolve(undefined),
      complete: (_: string, id: string, result: object) => Promise.resolve(void (outcome = { id, ...result })),
      fail: (_: string, id: string, code: string, result?: object) =>
        Promise.resolve(void (outcome = { id, code, ...result })),
    },
  };
  const of = { ...mine.of, approvalId, attempt: newId(START) };
  return { deps, of, approvalId, log, outcome: () => outcome, organizationId };
}

const all = async (account: OneAccount) => (await account.versions()).map(({ chatId }) => chatId);
const blobs = async ({ of }: OneAccount, prefix: string) =>
  Array.fromAsync(clients.blobs.getContainerClient(`org-${of.organizationId}`).listBlobsFlat({ prefix }));

async function expectErased(world: World) {
  const { mine, theirs, organizationId, own, shared, other, contentsOf } = world;
  expect(await all(mine)).toEqual([]);
  expect(await blobs(mine, `messages/${mine.of.accountId}/`)).toEqual([]);
  expect(await mine.archive.totals(mine.of)).toBeUndefined();
  expect(await Array.fromAsync(mine.archive.windows(mine.of))).toEqual([]);
  expect((await all(theirs)).sort()).toEqual(["other", "shared"]);
  expect([await contentsOf(own), await contentsOf(shared), await contentsOf(other)]).toEqual([0, 1, 1]);
  expect((await verifyArchive(clients, organizationId, "all")).problems).toEqual([]);
  const last = await mine.archive.lastManifest(mine.of);
  const manifest = decodeManifest(await mine.archive.readManifest(mine.of, last?.number ?? 0), last?.sha256);
  expect(manifest).toMatchObject({ number: 2, status: "Erased", totals: { messages: 0, versions: 0, packs: 0 } });
  expect(manifest.packs.removed.map(({ why }) => why)).toContain("erasure");
}

test("an erased account has nothing left but its manifests; what others have stays, and all of it verifies", async () => {
  const world = await twoAccounts();
  const { deps, of, approvalId, log, outcome } = erasure(world);
  expect(await eraseAccount(deps, of, Number.POSITIVE_INFINITY)).toEqual({ status: "done", result: {} });
  await expectErased(world);
  expect(log).toEqual(["deactivated"]);
  expect(outcome()).toEqual({ id: approvalId, packs: 4, messages: 5 });
});

test("killed after every step in turn, and with no time at all, it comes to the same", async () => {
  const world = await twoAccounts();
  const { deps, of, approvalId, outcome } = erasure(world);
  const kills = await killedAfterEach((dying) => {
    const { archive, contents, leftovers } = deps;
    const mortal = { archive: dying(archive), contents: dying(contents), leftovers: dying(leftovers) };
    return eraseAccount({ ...deps, ...mortal }, of, 0);
  });
  expect(kills).toBeGreaterThan(5);
  await expectErased(world);
  expect(outcome()).toEqual({ id: approvalId, packs: 4, messages: 5 });
  await eraseAccount(deps, of, Number.POSITIVE_INFINITY);
  await expectErased(world);
});

test("wherever an erasure is, a verification beside it tells of no problem, but of one in what others have", async () => {
  const world = await twoAccounts();
  const { deps, of } = erasure(world);
  const isBeingErased = ({ accountId }: { readonly accountId: string }) =>
    Promise.resolve(accountId === world.mine.of.accountId);
  const found = async () =>
    (await verifyArchive(clients, world.organizationId, "all", { isBeingErased })).problems.map(({ code }) => code);
  const seen: string[][] = [];
  for (let calls = 1, done = false; !done; calls++) {
    const dying = dyingAfter(calls);
    const { archive, contents, leftovers } = deps;
    const mortal = { archive: dying(archive), contents: dying(contents), leftovers: dying(leftovers) };
    try {
      done = (await eraseAccount({ ...deps, ...mortal }, of, 0)).status === "done";
    } catch (error) {
      if (error !== KILLED) throw error;
    }
    seen.push(await found());
  }
  expect(seen.length).toBeGreaterThan(5);
  expect(seen).toEqual(seen.map(() => []));
  await deps.contents.forget(world.organizationId, "shared");
  expect(await found()).toEqual(["content.row_missing"]);
});

test("an account that is held by then keeps everything; one that is backed up again begins anew", async () => {
  const world = await twoAccounts();
  const { deps, of, approvalId, outcome } = erasure(world);
  await eraseAccount({ ...deps, isHeld: () => Promise.resolve(true) }, of, Number.POSITIVE_INFINITY);
  expect(outcome()).toEqual({ id: approvalId, code: "account.held" });
  expect(await all(world.mine)).toHaveLength(5);
  await eraseAccount(deps, of, Number.POSITIVE_INFINITY);
  world.mine.pass(DAY);
  expect((await world.mine.run()).totals).toMatchObject({ messagesNew: 5, failed: 0 });
  expect(await all(world.mine)).toHaveLength(5);
  expect((await verifyArchive(clients, world.organizationId, "none")).problems).toEqual([]);
});

/** One message in each of 25 months, the first with a file, and the last with another. */
async function longAccount() {
  const account = oneAccount(clients, START);
  const { organizationId } = account.of;
  const sent = [0, 24].map((month) => {
    const at = new Date(START + month * 31 * DAY).toISOString();
    const given = { chatId: "chat", createdDateTime: at, lastModifiedDateTime: at };
    return message(month + 1, { ...given, attachments: [file(`${month}.txt`)] });
  });
  for (let month = 0; month < 25; month++) {
    const filed = sent[month / 24];
    if (filed) account.receive(filed);
    else account.send("chat", `month ${month}`);
    account.pass(31 * DAY);
  }
  await account.run();
  const archive = seededArchive(clients);
  for (const raw of sent) await archive.addContents(organizationId, raw, [{ bytes: Buffer.from(String(raw["id"])) }]);
  return { account, archive, sent };
}

async function longErasure() {
  const { account, archive, sent } = await longAccount();
  return { account, sent, ...erasure({ mine: account, archive, organizationId: account.of.organizationId } as World) };
}

const last = async ({ archive, of }: OneAccount) => {
  const row = await archive.lastManifest(of);
  return decodeManifest(await archive.readManifest(of, row?.number ?? 0), row?.sha256);
};

test("a hold that comes midway keeps what is left, its contents too, and what went is told and counted", async () => {
  const { account, sent, deps, of, approvalId, outcome, organizationId } = await longErasure();
  let asked = 0;
  const isHeld = () => Promise.resolve(++asked > 2);
  expect(await eraseAccount({ ...deps, isHeld }, of, Number.POSITIVE_INFINITY)).toEqual({ status: "done", result: {} });
  expect(outcome()).toEqual({ id: approvalId, code: "account.held", packs: 20, messages: 20 });
  expect(await all(account)).toHaveLength(5);
  expect(await deps.contents.ofMessage(organizationId, "chat", String(sent[1]?.["id"]))).toHaveLength(1);
  expect(await last(account)).toMatchObject({ number: 2, status: "Reduced", totals: { messages: 5, packs: 5 } });
  expect(await account.archive.totals(account.of)).toMatchObject({ messages: 5, lastRun: { status: "Completed" } });
  expect((await verifyArchive(clients, organizationId, "all")).problems).toEqual([]);
  const again = { ...of, approvalId: newId(START), attempt: newId(START) };
  await eraseAccount(deps, again, Number.POSITIVE_INFINITY);
  expect(outcome()).toEqual({ id: again.approvalId, packs: 5, messages: 5 });
  expect(await deps.contents.ofMessage(organizationId, "chat", String(sent[1]?.["id"]))).toEqual([]);
  expect((await verifyArchive(clients, organizationId, "all")).problems).toEqual([]);
});

test("an erasure that fails midway tells what went, also where its chain of manifests is damaged", async () => {
  const { account, deps, of, approvalId, outcome, organizationId } = await longErasure();
  expect(await eraseAccount(deps, of, 0)).toEqual({ status: "again", progress: true });
  const { attempt: _, ...failed } = { ...of, code: "storage.forbidden" };
  const readManifest = () => Promise.resolve(Buffer.from("damaged"));
  await failErasure({ ...deps, archive: { ...deps.archive, readManifest } }, failed);
  const told = { id: approvalId, code: "storage.forbidden", packs: 20, messages: 20 };
  expect(outcome()).toEqual(told);
  await failErasure(deps, failed);
  expect(outcome()).toEqual(told);
  expect(await last(account)).toMatchObject({ number: 2, status: "Reduced", totals: { messages: 5, packs: 5 } });
  expect((await verifyArchive(clients, organizationId, "all")).problems).toEqual([]);
});

test("a pack that came, went and came again under the same name is told", async () => {
  const { account, deps, of } = await longErasure();
  const [pack] = await Array.fromAsync(account.archive.packs(account.of));
  const fresh = { ...account.of, accountId: hashId(newId(0)) };
  if (!pack) throw new Error("no pack");
  // Its run ended before its manifest.
  await account.archive.commit(fresh, [pack], []);
  await eraseAccount(deps, { ...of, ...fresh }, Number.POSITIVE_INFINITY);
  await account.archive.commit(fresh, [pack], []);
  await account.archive.putPack(fresh, pack.month, pack.sha256, Buffer.alloc(pack.bytes));
  const verified = () => verifyArchive(clients, fresh.organizationId, "none", { accountIds: [fresh.accountId] });
  expect((await verified()).problems).toEqual([]);
  for (const _ of [1, 2])
    expect((await openChain(account.archive, fresh)).changes).toMatchObject([{ added: [{ sha256: pack.sha256 }] }]);
  expect((await verified()).problems).toEqual([]);
});

test("an account of an organization that never stored anything is erased at once", async () => {
  const account = oneAccount(clients, START);
  const { organizationId } = account.of;
  const nothing = { mine: account, archive: seededArchive(clients), organizationId };
  const { deps, of, approvalId, outcome } = erasure(nothing as World);
  expect(await eraseAccount(deps, of, Number.POSITIVE_INFINITY)).toEqual({ status: "done", result: {} });
  expect(outcome()).toEqual({ id: approvalId, packs: 0, messages: 0 });
});
