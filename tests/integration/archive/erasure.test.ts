import { afterAll, beforeAll, expect, test } from "vitest";
import { type Azurite, startAzurite } from "../../../local/azurite.ts";
import { decodeManifest } from "../../../shared/archive/manifest.ts";
import { eraseAccount } from "../../../shared/archive/removal/erase-account.ts";
import { newId } from "../../../shared/platform/new-id.ts";
import type { StorageClients } from "../../../shared/storage/clients.ts";
import { leftoverBlobs } from "../../../shared/storage/leftover-blobs.ts";
import { file, message } from "../../support/download-world.ts";
import { killedAfterEach } from "../../support/dying.ts";
import { NONE, type OneAccount, oneAccount } from "../../support/one-account.ts";
import { seededArchive } from "../../support/seeded-archive.ts";
import { clientsOf } from "../../support/storage.ts";
import { verifyArchive } from "../../support/verify-archive.ts";

let azurite: Azurite;
let clients: StorageClients;

beforeAll(async () => {
  azurite = await startAzurite();
  clients = clientsOf(azurite);
});
afterAll(() => azurite.stop());

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
      fail: (_: string, id: string, code: string) => Promise.resolve(void (outcome = { id, code })),
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
