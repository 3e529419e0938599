import { expect, test } from "vitest";
import { NO_COUNTS } from "../../../shared/archive/archive-store.ts";
import { eraseAccount } from "../../../shared/archive/removal/erase-account.ts";
import { checkDrift } from "../../../shared/backup/check-drift.ts";
import { type Counted, countUsage as count, monthOf } from "../../../shared/billing/usage.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { newId } from "../../../shared/platform/new-id.ts";
import { archiveTables } from "../../../shared/storage/archive-tables.ts";
import { driftTable } from "../../../shared/storage/drift-table.ts";
import { leftoverBlobs } from "../../../shared/storage/leftover-blobs.ts";
import { organizationBlobs } from "../../../shared/storage/organization-blobs.ts";
import { usageTable } from "../../../shared/storage/usage-table.ts";
import { message } from "../../support/download-world.ts";
import { type OneAccount, oneAccount } from "../../support/one-account.ts";
import { seededArchive } from "../../support/seeded-archive.ts";
import { verifyArchive } from "../../support/verify-archive.ts";
import { ownStorage } from "../../support/own-storage.ts";

const clients = ownStorage();

const DAY = 86_400_000;
const START = Date.UTC(2025, 0, 1);

async function backedUp() {
  const account = oneAccount(clients, START);
  const said = [1, 2, 3].map((n) => account.send("chat", `message ${n}`));
  account.pass(100 * DAY);
  await account.run();
  const { archive, messages, accounts, now } = account;
  const drifts = driftTable(clients.table("drift"));
  let visible = Number.NEGATIVE_INFINITY;
  const { organizationId } = account.of;
  const usage = usageTable(clients.table("usage"));
  const countUsage = (of: string, counted: Counted) => count({ usage, now }, of, counted);
  const deps = { archive, messages, accounts, drifts, countUsage, now, visibleFrom: () => Promise.resolve(visible) };
  const used = () => usage.sum(organizationId, monthOf(now()));
  /** Looks at the first week (0) or any later one. */
  const check = async (random: number, more: Partial<typeof deps> = {}, deadline = Number.POSITIVE_INFINITY) => {
    await checkDrift({ ...deps, ...more, random: () => random }, { organizationId, driftId: newId(now()) }, deadline);
    account.pass(1);
    return (await drifts.list(organizationId, 1))[0];
  };
  return { account, said, check, used, hide: (until: number) => void (visible = until), drifts, organizationId };
}

test("an archive that has what Graph has shows no drift, and plans nothing", async () => {
  const { account, check } = await backedUp();
  expect(await check(0)).toMatchObject({ windows: 1, messages: 3, missing: 0, changed: 0, codes: [] });
  expect(await check(0.5)).toMatchObject({ windows: 1, messages: 0 });
  expect((await Array.fromAsync(account.archive.windows(account.of))).every(({ state }) => state === "done")).toBe(
    true,
  );
});

test("what is missing or changed in an old week is counted, and the next run brings it in", async () => {
  const { account, said, check, organizationId } = await backedUp();
  const at = new Date(START + DAY).toISOString();
  const late = { createdDateTime: at, lastModifiedDateTime: at, chatId: "chat" };
  account.receive(message(1, { ...late, id: "never seen" }));
  account.receive(
    message(2, { ...late, createdDateTime: new Date(START).toISOString(), id: said[0]?.id, etag: "another" }),
  );
  account.pass(DAY);
  await account.run();
  expect(await account.versions()).toHaveLength(3);
  expect(await check(0)).toMatchObject({ windows: 1, messages: 4, missing: 1, changed: 1 });
  expect(await account.reader.isComplete(organizationId, account.of.accountId)).toBe(false);
  expect((await verifyArchive(clients, organizationId, "all")).problems).toEqual([]);
  account.pass(DAY);
  expect(await account.run()).toMatchObject({ status: "Completed", totals: { messagesNew: 2 } });
  expect(await account.versions()).toHaveLength(5);
  expect(await check(0.001)).toMatchObject({ messages: 2, missing: 0, changed: 0 });
  expect(await account.reader.isComplete(organizationId, account.of.accountId)).toBe(true);
  expect((await verifyArchive(clients, organizationId, "all")).problems).toEqual([]);
});

test("what is past retention is not missed, and a Graph that refuses is told", async () => {
  const { account, check, hide } = await backedUp();
  account.receive(
    message(1, {
      createdDateTime: new Date(START).toISOString(),
      lastModifiedDateTime: new Date(START + DAY).toISOString(),
    }),
  );
  hide(START + 1_000);
  expect(await check(0)).toMatchObject({ missing: 0 });
  const pages = () => {
    throw new AppError("forbidden", "billing.payment_required", "Pay");
  };
  expect(await check(0, { messages: { pages } })).toMatchObject({ windows: 0, codes: ["billing.payment_required"] });
});

test("what a check read counts as usage, also when it breaks off, and when it is hidden", async () => {
  const { account, check, used, hide } = await backedUp();
  await check(0);
  await check(0);
  expect(await used()).toBe(6);
  hide(account.now());
  await check(0);
  expect(await used()).toBe(9);
  const pages: typeof account.messages.pages = async function* (...given) {
    yield* account.messages.pages(...given);
    throw new AppError("unavailable", "graph.unavailable", "Gone");
  };
  expect(await check(0, { messages: { pages } })).toMatchObject({ codes: ["graph.unavailable"] });
  expect(await used()).toBe(12);
});

/** What erases the account, to be called in the middle of something else. */
function eraser(account: OneAccount) {
  const nobody = () => Promise.resolve();
  const deps = {
    ...{ archive: account.archive, contents: seededArchive(clients).contents, leftovers: leftoverBlobs(clients.blobs) },
    ...{ isHeld: () => Promise.resolve(false), now: Date.now },
    erasures: { next: () => Promise.resolve(undefined), complete: nobody, fail: nobody },
  };
  const of = { ...account.of, approvalId: newId(0), attempt: newId(0) };
  return {
    erase: async (deactivate: () => void = () => undefined) => {
      const step = await eraseAccount({ ...deps, deactivate: async () => deactivate() }, of, Number.POSITIVE_INFINITY);
      expect(step.status).toBe("done");
    },
    left: async () => [
      ...(await Array.fromAsync(account.archive.windows(account.of))),
      ...(await Array.fromAsync(account.archive.packs(account.of))),
    ],
  };
}

test("a check beside an erasure plans nothing for the account, and tells of nothing that the erasure took", async () => {
  const { account, check } = await backedUp();
  const { erase, left } = eraser(account);
  let isActive = true;
  const accounts = { ...account.accounts, graphId: () => Promise.resolve(isActive ? "user" : undefined) };
  // Asked for before what is known is looked up: by then all of it is gone.
  const visibleFrom = async () => {
    await erase(() => void (isActive = false));
    return Number.NEGATIVE_INFINITY;
  };
  expect(await check(0, { visibleFrom, accounts })).toBeUndefined();
  expect(await left()).toEqual([]);
});

test("a check that looked before an erasure began plans nothing after it", async () => {
  const { account, check } = await backedUp();
  const { erase, left } = eraser(account);
  const at = new Date(START + DAY).toISOString();
  account.receive(message(1, { createdDateTime: at, lastModifiedDateTime: at, chatId: "chat", id: "never seen" }));
  const commit: typeof account.archive.commit = async (...given) => {
    await erase();
    await account.archive.commit(...given);
  };
  const archive = { ...account.archive, commit };
  expect(await check(0, { archive })).toMatchObject({ missing: 1 });
  expect(await left()).toEqual([]);
});

test("what was planned while an erasure took the account's windows goes with them", async () => {
  const { account } = await backedUp();
  const client = clients.table("archive");
  let isPlanned = false;
  const late = new Proxy(client, {
    get(table, name) {
      const value: unknown = Reflect.get(table, name, table);
      if (typeof value !== "function") return value;
      return async (...given: unknown[]) => {
        if (name === "submitTransaction" && !isPlanned) {
          isPlanned = true;
          const row = { from: START, to: START + DAY, state: "pending", runId: newId(0), ...NO_COUNTS } as const;
          await account.archive.commit(account.of, [], [row]);
        }
        return Reflect.apply(value, table, given) as unknown;
      };
    },
  });
  const listing = new Proxy(late, {
    get: (table, name) =>
      name === "listEntities" ? client.listEntities.bind(client) : Reflect.get(table, name, table),
  });
  await archiveTables(listing, organizationBlobs(clients.blobs)).removeProgress(account.of);
  expect(isPlanned).toBe(true);
  expect(await Array.fromAsync(account.archive.windows(account.of))).toEqual([]);
});

test("at its deadline a check begins nothing more, and reads one page more at most of what it has begun", async () => {
  const { account, check } = await backedUp();
  expect(await check(0, {}, account.now())).toBeUndefined();
  let pages = 0;
  const ends = account.now() + 1;
  const messages = {
    async *pages() {
      for (; pages < 5; account.pass(1)) {
        pages += 1;
        yield await Promise.resolve({ messages: [], nextLink: "more" });
      }
    },
  };
  expect(await check(0, { messages }, ends)).toMatchObject({ windows: 1, messages: 0 });
  expect(pages).toBe(2);
});
