import { expect, test } from "vitest";
import { totalsSoFar, runViews } from "../../../shared/backup/view-run.ts";
import { NO_TOTALS } from "../../../shared/backup/totals.ts";
import { hashId, newId } from "../../../shared/platform/new-id.ts";
import { runTables } from "../../../shared/storage/run-tables.ts";
import { ownStorage } from "../../support/own-storage.ts";

const clients = ownStorage();

test("a run under way is read once in three seconds however many look, and shown exactly when it stands still", async () => {
  let now = Date.now();
  let read = 0;
  const tables = {
    runs: clients.table("runs"),
    backups: clients.table("backups"),
    runAccounts: clients.table("runAccounts"),
  };
  const runs = runTables(tables, () => now);
  const org = newId(now);
  const accounts = Array.from({ length: 3 }, (_, n) => hashId(String(n)));
  const view = runViews({ ...runs, accounts: (...given) => ((read += 1), runs.accounts(...given)) }, () => now);
  const { runId } = await runs.request(org, accounts);
  const shown = async () => {
    const run = await runs.find(org, runId);
    if (!run) throw new Error("no run");
    const { status, totals } = await view(org, run);
    return [status, totals.messagesSeen];
  };
  const seen = async (messagesSeen: number) => {
    for (const accountId of accounts) {
      const totals = { ...NO_TOTALS, messagesSeen, messagesNew: messagesSeen };
      await runs.putAccount(org, runId, { accountId, status: "Running", totals, contents: NO_TOTALS });
    }
  };
  expect(await shown()).toEqual(["Queued", 0]);
  expect(read).toBe(0);
  await runs.begin(org);
  await seen(1);
  const looks = await Promise.all(Array.from({ length: 20 }, shown));
  expect(new Set(looks.map(String))).toEqual(new Set(["Running,3"]));
  await seen(2);
  now += 2_900;
  expect(await shown()).toEqual(["Running", 3]);
  expect(read).toBe(1);
  expect((await totalsSoFar(runs, org, runId)).messagesSeen).toBe(6);
  now += 100;
  expect(await shown()).toEqual(["Running", 6]);
  await seen(3);
  await runs.pause(org, runId);
  expect(await shown()).toEqual(["Paused", 9]);
  await runs.resume(org);
  await seen(4);
  const run = await runs.find(org, runId);
  if (!run) throw new Error("no run");
  const totals = { ...NO_TOTALS, messagesSeen: 12, messagesNew: 12 };
  await runs.finish(org, { ...run, status: "Completed", totals, finishedAt: now });
  expect(await shown()).toEqual(["Completed", 12]);
  expect(read).toBe(3);
});
