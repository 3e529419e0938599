import type { InvocationContext } from "@azure/functions";
import { expect, test } from "vitest";
import { backupActivities, type BackupDeps } from "../../../functions/activities/backup-activities.ts";
import { fetchWindow } from "../../../shared/backup/backup.contract.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { createLogger } from "../../../shared/platform/logger.ts";
import { hashId } from "../../../shared/platform/new-id.ts";

/** How a window ends whose first call throws that, and what the run is stopped with. */
async function ending(error: AppError) {
  const stops: string[] = [];
  const deps = {
    archive: { window: () => Promise.reject(error) },
    runs: { stop: (_organizationId: string, _runId: string, code: string) => Promise.resolve(void stops.push(code)) },
    log: createLogger(() => undefined),
  };
  const activity = backupActivities(deps as unknown as BackupDeps).find(({ name }) => name === fetchWindow.name);
  const account = { organizationId: hashId("o"), accountId: hashId("a"), runId: hashId("r") };
  const input = { ...account, window: { from: 0, to: 1_000 } };
  return { step: await activity?.handler(input, {} as InvocationContext), stops };
}

test("what no account gets round stops the run at its first refusal", async () => {
  const error = new AppError("forbidden", "credentials.secret_expired", "expired");
  const step = { status: "failed", code: "credentials.secret_expired" };
  expect(await ending(error)).toEqual({ step, stops: ["credentials.secret_expired"] });
});

test("an answer that did not come does not stop it: the next try may bring one", async () => {
  const error = new AppError("unavailable", "credentials.unavailable", "Entra is busy");
  expect(await ending(error)).toEqual({ step: { status: "trouble", code: "credentials.unavailable" }, stops: [] });
  const later = new AppError("too_many", "credentials.unavailable", "Entra is busy", { notBefore: 7 });
  expect(await ending(later)).toEqual({ step: { status: "later", notBefore: 7 }, stops: [] });
});
