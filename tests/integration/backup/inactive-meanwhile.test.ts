import { expect, test } from "vitest";
import { eraseAccount } from "../../../shared/archive/removal/erase-account.ts";
import { openWindows } from "../../../shared/backup/open-windows.ts";
import { sealAccount } from "../../../shared/backup/seal-account.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { newId } from "../../../shared/platform/new-id.ts";
import { leftoverBlobs } from "../../../shared/storage/leftover-blobs.ts";
import { NONE, oneAccount } from "../../support/one-account.ts";
import { seededArchive } from "../../support/seeded-archive.ts";
import { verifyArchive } from "../../support/verify-archive.ts";
import { ownStorage } from "../../support/own-storage.ts";

const clients = ownStorage();

const START = Date.UTC(2025, 0, 1);
const DAY = 86_400_000;

/** An account that is backed up once, and may be deactivated. */
async function backedUp() {
  let isActive = true;
  const accounts = { graphId: () => Promise.resolve(isActive ? "user" : undefined) };
  const account = oneAccount(clients, START, NONE, (deps) => ({
    ...deps,
    accounts: { ...deps.accounts, ...accounts },
  }));
  account.send("chat", "first");
  account.pass(DAY);
  await account.run();
  account.pass(DAY);
  return { account, accounts, deactivate: async () => void (isActive = await Promise.resolve(false)) };
}

test("an account that is deactivated during a run is skipped, which is no failure of the run", async () => {
  const { account, deactivate } = await backedUp();
  await deactivate();
  expect(await account.run()).toMatchObject({
    status: "Completed",
    totals: { failed: 0, skipped: 1, reasons: [{ code: "account.not_active", count: 1 }] },
  });
  expect(await account.runs.find(account.of.organizationId, account.lastRun())).toMatchObject({ status: "Completed" });
});

test("an account whose messages had all come is sealed also where the feature is switched off before", async () => {
  let isOff = false;
  const off = () => Promise.reject(new AppError("conflict", "feature.disabled", "off"));
  const account = oneAccount(clients, START, NONE, (deps) => ({
    ...deps,
    accounts: { ...deps.accounts, graphId: () => (isOff ? off() : Promise.resolve("user")) },
    runs: {
      ...deps.runs,
      putAccount: (...given) => deps.runs.putAccount(...given).finally(() => (isOff = true)),
    },
  }));
  account.send("chat", "first");
  account.pass(DAY);
  expect(await account.run()).toMatchObject({ status: "Completed", totals: { messagesNew: 1, failed: 0 } });
  expect(await account.archive.lastManifest(account.of)).toMatchObject({ number: 1 });
});

test("a run that goes on after an erasure says so of the account, and tells nothing behind the erasure", async () => {
  const { account, accounts, deactivate } = await backedUp();
  const { of, runs, archive } = account;
  const { organizationId, accountId } = of;
  await runs.request(organizationId, []);
  const run = { ...of, runId: (await runs.begin(organizationId))?.runId ?? "" };
  await runs.enlist(organizationId, run.runId, account.accounts.active(organizationId));
  const nobody = () => Promise.resolve();
  const erasures = { next: () => Promise.resolve(undefined), complete: nobody, fail: nobody };
  const deps = {
    archive,
    contents: seededArchive(clients).contents,
    leftovers: leftoverBlobs(clients.blobs),
    erasures,
  };
  await eraseAccount(
    { ...deps, isHeld: () => Promise.resolve(false), deactivate, now: Date.now },
    { ...of, approvalId: newId(0), attempt: newId(0) },
    Number.POSITIVE_INFINITY,
  );
  const erased = await archive.lastManifest(of);
  // What goes on where the pause began: the account may have been next.
  const opened = await openWindows({ archive, runs, accounts, overlapMs: DAY }, run);
  expect(opened).toEqual({ status: "failed", code: "account.not_active" });
  expect(await Array.fromAsync(archive.windows(of))).toEqual([]);
  for (let n = 0; n < 2; n++) await sealAccount({ archive, runs, accounts, now: account.now }, run);
  expect(await runs.account(organizationId, run.runId, accountId)).toMatchObject({
    status: "Completed",
    totals: { failed: 0, skipped: 1, reasons: [{ code: "account.erased", count: 1 }] },
  });
  expect(await archive.lastManifest(of)).toEqual(erased);
  expect(await archive.totals(of)).toBeUndefined();
  expect((await verifyArchive(clients, organizationId, "all")).problems).toEqual([]);
});
