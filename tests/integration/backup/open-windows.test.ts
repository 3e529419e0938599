import { afterAll, beforeAll, expect, test } from "vitest";
import { type Azurite, startAzurite } from "../../../local/azurite.ts";
import { openWindows } from "../../../shared/backup/open-windows.ts";
import { covers, HISTORY_START } from "../../../shared/backup/plan-windows.ts";
import { hashId, newId } from "../../../shared/platform/new-id.ts";
import { archiveTables } from "../../../shared/storage/archive-tables.ts";
import { organizationBlobs } from "../../../shared/storage/organization-blobs.ts";
import { runTables } from "../../../shared/storage/run-tables.ts";
import { clientsOf } from "../../support/storage.ts";

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.stop());

const DAY = 86_400_000;

test("an account that is refused day after day for a year gathers no windows, and stays covered", async () => {
  const clients = clientsOf(azurite);
  let now = Date.UTC(2026, 0, 1);
  const runs = runTables(
    { runs: clients.table("runs"), backups: clients.table("backups"), runAccounts: clients.table("runAccounts") },
    () => now,
  );
  const archive = archiveTables(clients.table("archive"), organizationBlobs(clients.blobs));
  const of = { organizationId: newId(now), accountId: hashId("refused") };
  const counts: number[] = [];
  for (let day = 0; day < 400; day += 20) {
    await runs.request(of.organizationId, []);
    const run = await runs.begin(of.organizationId);
    if (!run) throw new Error("no run");
    const accounts = { graphId: () => Promise.resolve("user") };
    const opened = await openWindows({ archive, runs, accounts, overlapMs: 2 * DAY }, { ...of, runId: run.runId });
    const windows = await Array.fromAsync(archive.windows(of));
    expect(opened).toEqual({
      status: "done",
      result: { windows: expect.toSatisfy((found: unknown[]) => found.length === windows.length) },
    });
    expect(covers(windows, { from: HISTORY_START, to: now })).toBe(true);
    counts.push(windows.length);
    await runs.finish(of.organizationId, { ...run, status: "Failed", finishedAt: now });
    now += 20 * DAY;
  }
  expect(Math.max(...counts) - (counts[0] ?? 0)).toBeLessThanOrEqual(2);
});
