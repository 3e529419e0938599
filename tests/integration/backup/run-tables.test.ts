import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunStore } from "../../../shared/backup/run-store.ts";
import { hashId, newId } from "../../../shared/platform/new-id.ts";
import { descending } from "../../../shared/storage/descending.ts";
import { type RunTables, runTables } from "../../../shared/storage/run-tables.ts";
import { startAzurite } from "../../../local/azurite.ts";
import { clientsOf } from "../../support/storage.ts";

let azurite: Awaited<ReturnType<typeof startAzurite>>;
let store: RunStore;
let now = Date.now();
let tables: RunTables;

beforeAll(async () => {
  azurite = await startAzurite();
  const clients = clientsOf(azurite);
  tables = {
    runs: clients.table("runs"),
    backups: clients.table("backups"),
    runAccounts: clients.table("runAccounts"),
  };
  store = runTables(tables, () => now++);
});
afterAll(() => azurite.stop());

const ids = (count: number) => Array.from({ length: count }, (_, n) => hashId("account", String(n)));
async function* each(list: readonly string[]) {
  yield* list;
}

test("one run runs, one is queued behind it, and asking again adds to the queued one", async () => {
  const org = newId(now);
  const [a, b, c] = ids(3) as [string, string, string];
  const first = await store.request(org, [a]);
  expect((await store.request(org, [b])).runId).toBe(first.runId);
  expect((await store.begin(org))?.runId).toBe(first.runId);
  expect((await store.begin(org))?.runId).toBe(first.runId);
  const second = await store.request(org, [c]);
  expect(second.runId).not.toBe(first.runId);
  expect((await store.request(org, [])).runId).toBe(second.runId);
  expect((await Array.fromAsync(store.accounts(org, first.runId))).map((one) => one.accountId)).toEqual([a, b].sort());
  expect((await store.list(org, 10)).map((run) => [run.runId, run.status])).toEqual([
    [second.runId, "Queued"],
    [first.runId, "Running"],
  ]);
  expect((await store.list(org, 10, second.runId)).map((run) => run.runId)).toEqual([first.runId]);
  const running = await store.find(org, first.runId);
  expect(running && (await store.finish(org, { ...running, status: "Completed", finishedAt: now }))).toBe(true);
  expect((await store.begin(org))?.scope).toBe("all");
  expect(await Array.fromAsync(store.busy())).toContain(org);
});

test("requests that race the start of a run never lose an account", async () => {
  const org = newId(now);
  const accounts = ids(12);
  const asked = Promise.all(accounts.map((account) => store.request(org, [account])));
  await Promise.all([asked, store.begin(org), store.begin(org)]);
  const runs = await store.list(org, 50);
  const listed = (await Promise.all(runs.map((run) => Array.fromAsync(store.accounts(org, run.runId))))).flat();
  expect(new Set(listed.map((one) => one.accountId))).toEqual(new Set(accounts));
});

test("a run that begins while an account is added to it, and whose lanes are past that account, does not keep it", async () => {
  const org = newId(now);
  const [first, last] = ids(2).sort() as [string, string];
  const run = await store.request(org, [last]);
  const claim = (number: number) => store.claim(org, run.runId, { phase: "fetch", lane: 0, claim: number });
  const handed: (string | undefined)[] = [];
  const runs = clientsOf(azurite).table("runs");
  runs.pipeline.addPolicy({
    name: "beginMeanwhile",
    async sendRequest(request, next) {
      const answer = await next(request);
      // The request has seen the run as a queued one, and goes on to add to it.
      if (handed.length > 0) return answer;
      handed.push(undefined);
      await store.begin(org);
      handed.push(await claim(0), await claim(1));
      return answer;
    },
  });
  const asked = await runTables({ ...tables, runs }, () => now++).request(org, [first]);
  expect(handed.slice(1)).toEqual([last, undefined]);
  const listed = async (runId: string) =>
    (await Array.fromAsync(store.accounts(org, runId))).map(({ accountId }) => accountId);
  expect(asked.runId).not.toBe(run.runId);
  expect(await listed(asked.runId)).toEqual([first]);
  expect(await listed(run.runId)).toEqual([last]);
});

test("lanes that race hand out each account once, and a repeated claim gets the same answer", async () => {
  const org = newId(now);
  const run = await store.request(org, []);
  await store.begin(org);
  const accounts = ids(250);
  expect(await store.enlist(org, run.runId, each(accounts))).toBe(250);
  expect(await store.enlist(org, run.runId, each(accounts.slice(0, 10)))).toBe(250);
  const lane = async (number: number) => {
    const got: string[] = [];
    for (let claim = 0; ; claim++) {
      const account = await store.claim(org, run.runId, { phase: "fetch", lane: number, claim });
      expect(await store.claim(org, run.runId, { phase: "fetch", lane: number, claim })).toBe(account);
      if (account === undefined) return got;
      got.push(account);
    }
  };
  const handed = (await Promise.all([0, 1, 2, 3].map(lane))).flat();
  expect([...handed].sort()).toEqual([...accounts].sort());
  expect(await store.claim(org, run.runId, { phase: "seal", lane: 0, claim: 0 })).toBe([...accounts].sort()[0]);
});

test("a stopped run hands out nobody more, and the first reason stays", async () => {
  const org = newId(now);
  const run = await store.request(org, ids(3));
  await store.begin(org);
  expect(await store.claim(org, run.runId, { phase: "fetch", lane: 0, claim: 0 })).toBeDefined();
  await store.stop(org, run.runId, "billing.payment_required");
  await store.stop(org, run.runId, "graph.forbidden");
  expect(await store.claim(org, run.runId, { phase: "fetch", lane: 0, claim: 1 })).toBeUndefined();
  expect((await store.find(org, run.runId))?.stopCode).toBe("billing.payment_required");
});

test("a paused run holds what is queued behind it, and goes on with the accounts that are not fetched", async () => {
  const org = newId(now);
  const accounts = ids(450);
  const run = await store.request(org, accounts);
  await store.begin(org);
  const claim = (lane: number, claim: number, phase: "fetch" | "seal" = "fetch") =>
    store.claim(org, run.runId, { phase, lane, claim });
  const [first, second] = [await claim(0, 0), await claim(1, 0)];
  const account = await store.account(org, run.runId, first ?? "");
  if (!account) throw new Error("no account");
  await store.putAccount(org, run.runId, { ...account, status: "Running", fetchedAt: now });
  await store.stop(org, run.runId, "billing.payment_required");
  await store.endFetch(org, run.runId);
  expect(await claim(0, 0, "seal")).toBeUndefined();
  expect(await store.resume(org)).toBe(false);
  for (let n = 0; n < 2; n++) await store.pause(org, run.runId);
  expect(await store.paused(org)).toMatchObject({ runId: run.runId, status: "Paused" });
  const queued = await store.request(org, []);
  expect(await store.begin(org)).toBeUndefined();
  expect(await Array.fromAsync(store.busy())).not.toContain(org);

  expect([await store.resume(org), await store.resume(org)]).toEqual([true, false]);
  expect(await store.paused(org)).toBeUndefined();
  expect(await Array.fromAsync(store.busy())).toContain(org);
  const again = await store.begin(org);
  expect(again).toMatchObject({ runId: run.runId, status: "Running" });
  expect([again?.stopCode, again?.fetchedAt]).toEqual([undefined, undefined]);
  const handed: string[] = [];
  for (let n = 0; ; n++) {
    const next = await claim(0, n);
    if (next === undefined) break;
    handed.push(next);
  }
  expect(handed).toEqual(accounts.filter((id) => id !== first).sort());
  expect(handed).toContain(second);
  expect(await claim(0, 0, "seal")).toBe([...accounts].sort()[0]);
  expect(again && (await store.finish(org, { ...again, status: "Completed", finishedAt: now }))).toBe(true);
  expect((await store.begin(org))?.runId).toBe(queued.runId);
});

test("an account that is asked for twice is on the list once", async () => {
  const org = newId(now);
  const [a = "", b = ""] = ids(2);
  const { runId } = await store.request(org, [a, a, b]);
  expect((await store.request(org, [b, b])).runId).toBe(runId);
  expect((await Array.fromAsync(store.accounts(org, runId))).map((one) => one.accountId)).toEqual([a, b].sort());
});

test("a request whose accounts cannot be listed leaves no run, and none that others asked for goes with it", async () => {
  const org = newId(now);
  const broken = new Proxy(tables.runAccounts, {
    get: (client, name) =>
      name === "submitTransaction"
        ? () => Promise.reject(new Error("cannot be listed"))
        : (Reflect.get(client, name, client) as unknown),
  });
  const failing = runTables({ ...tables, runAccounts: broken }, () => now++);
  await expect(failing.request(org, ids(2))).rejects.toThrow("cannot be listed");
  expect(await store.list(org, 10)).toEqual([]);
  const { runId } = await store.request(org, []);
  await expect(failing.request(org, ids(2))).rejects.toThrow("cannot be listed");
  expect((await store.list(org, 10)).map((run) => run.runId)).toEqual([runId]);
});

test("a run whose asker died before anything named it is never shown, goes with the next request, and no other does", async () => {
  const org = newId(now);
  const running = await store.request(org, []);
  await store.begin(org);
  const put = async (runId: string) => {
    const row = { runId, status: "Queued", scope: "all", requestedAt: { type: "Double", value: String(now) } };
    await tables.runs.createEntity({ partitionKey: org, rowKey: descending(runId), ...row });
  };
  const orphan = newId(now++);
  await put(orphan);
  const asked = async () => (await store.list(org, 10)).map(({ runId, status }) => [runId, status]);
  expect(await asked()).toEqual([[running.runId, "Running"]]);
  const queued = await store.request(org, []);
  // Its asker may still be at it.
  expect(await store.find(org, orphan)).toMatchObject({ status: "Queued" });
  const both = [
    [queued.runId, "Queued"],
    [running.runId, "Running"],
  ];
  expect(await asked()).toEqual(both);
  // One that nobody sees takes no place of a page.
  await put(newId(now++));
  expect((await store.list(org, 1)).map(({ runId }) => runId)).toEqual([queued.runId]);
  expect((await store.list(org, 1, queued.runId)).map(({ runId }) => runId)).toEqual([running.runId]);
  now += 3_600_000;
  await store.request(org, []);
  expect(await store.find(org, orphan)).toBeUndefined();
  expect(await asked()).toEqual(both);
});

test("runs that nothing names go however many came since", async () => {
  const org = newId(now);
  const put = (runId: string, status: string) =>
    tables.runs.createEntity({
      ...{ partitionKey: org, rowKey: descending(runId), runId, status, scope: "all" },
      requestedAt: { type: "Double", value: String(now) },
    });
  const orphan = newId(now++);
  await put(orphan, "Queued");
  for (let n = 0; n < 40; n++) await put(newId(now++), "Completed");
  now += 3_600_000;
  await store.request(org, []);
  expect(await store.find(org, orphan)).toBeUndefined();
  expect(await store.list(org, 100)).toHaveLength(41);
});
