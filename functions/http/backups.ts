import { z } from "zod";
import { backupInstance, orchestrators } from "../../shared/backup/backup.contract.ts";
import { runAccountView, runView } from "../../shared/backup/backup-view.contract.ts";
import { type RequestBackupDeps, requestBackup } from "../../shared/backup/request-backup.ts";
import type { Run } from "../../shared/backup/run-store.ts";
import { runViews, viewAccount } from "../../shared/backup/view-run.ts";
import { AppError } from "../../shared/platform/errors.ts";
import { id } from "../../shared/platform/ids.ts";
import type { Instant } from "../../shared/platform/time.ts";
import { ORGANIZATION_ADMIN, ORGANIZATION_READER } from "../runtime/access-rule.ts";
import { pageOf, paging } from "../runtime/cursors.ts";
import type { DurableStarter } from "../runtime/durable-starter.ts";
import { type Route, route } from "../runtime/route.ts";
import { accountSelection } from "./account-selection.ts";

const organization = z.object({ organizationId: id });
const run = organization.extend({ runId: id });
const page = z.strictObject(paging);

export interface BackupRoutes extends RequestBackupDeps {
  /** Asks Graph once more whether it wants payment, where it did. */
  readonly retryPayment: (durable: DurableStarter, organizationId: string) => Promise<void>;
  readonly now: () => Instant;
}

/** Runs: begin one now, list them, look at one and at its accounts. */
export function backupRoutes(deps: BackupRoutes): Route[] {
  const { runs } = deps;
  const view = runViews(runs, deps.now);
  const find = async (organizationId: string, runId: string): Promise<Run> => {
    const found = await runs.find(organizationId, runId);
    if (found) return found;
    throw new AppError("not_found", "backup.not_found", "There is no such run");
  };
  return [
    route({
      name: "startBackup",
      method: "POST",
      path: "organizations/{organizationId}/backups",
      summary: "Backs up now; while a run is under way or paused, one more follows it.",
      who: ORGANIZATION_ADMIN,
      params: organization,
      body: accountSelection,
      idempotent: true,
      responses: { 202: runView },
      async handle({ params: { organizationId }, body, durable }) {
        const queued = await requestBackup(deps, organizationId, "all" in body ? [] : body.accountIds);
        await durable.start(backupInstance(organizationId), orchestrators.organization, { organizationId });
        await deps.retryPayment(durable, organizationId);
        const location = `/api/organizations/${organizationId}/backups/${queued.runId}`;
        return { status: 202, location, body: await view(organizationId, queued) };
      },
    }),
    route({
      name: "listBackups",
      method: "GET",
      path: "organizations/{organizationId}/backups",
      summary: "Runs, newest first.",
      who: ORGANIZATION_READER,
      params: organization,
      query: page,
      responses: { 200: pageOf(runView) },
      async handle({ params: { organizationId }, query, position, cursor }) {
        const found = await runs.list(organizationId, query.top + 1, position(id));
        const shown = found.slice(0, query.top);
        const items = await Promise.all(shown.map((one) => view(organizationId, one)));
        return {
          status: 200,
          body: { items, nextCursor: cursor(found.length > query.top ? shown.at(-1)?.runId : null) },
        };
      },
    }),
    route({
      name: "getBackup",
      method: "GET",
      path: "organizations/{organizationId}/backups/{runId}",
      summary: "One run with its totals; while it is under way as of at most three seconds ago.",
      who: ORGANIZATION_READER,
      params: run,
      responses: { 200: runView },
      async handle({ params: { organizationId, runId } }) {
        return { status: 200, body: await view(organizationId, await find(organizationId, runId)) };
      },
    }),
    route({
      name: "listBackupAccounts",
      method: "GET",
      path: "organizations/{organizationId}/backups/{runId}/accounts",
      summary: "The accounts of a run, each with its outcome.",
      who: ORGANIZATION_READER,
      params: run,
      query: page,
      responses: { 200: pageOf(runAccountView) },
      async handle({ params: { organizationId, runId }, query, position, cursor }) {
        const run = await find(organizationId, runId);
        const found = await runs.accountsPage(organizationId, runId, query.top + 1, position(id));
        const shown = found.slice(0, query.top);
        const nextCursor = cursor(found.length > query.top ? shown.at(-1)?.accountId : null);
        return { status: 200, body: { items: shown.map((account) => viewAccount(account, run)), nextCursor } };
      },
    }),
  ];
}
