import { compactPacks as compact } from "../../shared/archive/compact-packs.ts";
import {
  beginRun,
  claimAccount,
  closeAccount,
  compactPacks,
  endFetch,
  fetchContents,
  fetchWindow,
  finishRun,
  isFetched,
  openWindows,
  recordChats,
  sealAccount,
} from "../../shared/backup/backup.contract.ts";
import { fetchContents as bringContents, type FetchContentsDeps } from "../../shared/backup/fetch-contents.ts";
import { fetchWindow as bringWindow, type FetchWindowDeps } from "../../shared/backup/fetch-window.ts";
import { openWindows as planAccount, type OpenWindowsDeps } from "../../shared/backup/open-windows.ts";
import { recordChats as snapshotChats, type RecordChatsDeps } from "../../shared/backup/record-chats.ts";
import {
  beginRun as begin,
  closeAccount as close,
  finishRun as finish,
  type RunAccountsDeps,
} from "../../shared/backup/run-accounts.ts";
import { sealAccount as seal, type SealAccountDeps } from "../../shared/backup/seal-account.ts";
import { stopsOrganization } from "../../shared/backup/outcome.contract.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import type { Step } from "../../shared/platform/activity.contract.ts";
import { type ActivityDefinition, activityHandler, endingOf } from "../runtime/activity.ts";

export type BackupDeps = FetchWindowDeps &
  FetchContentsDeps &
  OpenWindowsDeps &
  RecordChatsDeps &
  RunAccountsDeps &
  SealAccountDeps & { readonly log: Logger };

/** The activities of a backup, in the order in which a run calls them. */
export function backupActivities(deps: BackupDeps): ActivityDefinition[] {
  const { log } = deps;
  const stopping = stopper(deps);
  return [
    activityHandler(beginRun, log, (input) => begin(deps, input)),
    activityHandler(claimAccount, log, async ({ organizationId, runId, ...claim }) => {
      const accountId = await deps.runs.claim(organizationId, runId, claim);
      if (accountId !== undefined && claim.phase === "fetch")
        await deps.runs.startAccount(organizationId, runId, accountId);
      return { status: "done", result: { accountId: accountId ?? null } };
    }),
    activityHandler(recordChats, log, (input, deadline) => snapshotChats(deps, input, deadline)),
    activityHandler(openWindows, log, (input) => planAccount(deps, input)),
    activityHandler(fetchWindow, log, (input, deadline) => stopping(input, bringWindow(deps, input, deadline))),
    activityHandler(compactPacks, log, (input, deadline) => compact(deps, input, deadline)),
    activityHandler(closeAccount, log, (input) => close(deps, input)),
    activityHandler(fetchContents, log, (input, deadline) => stopping(input, bringContents(deps, input, deadline))),
    activityHandler(endFetch, log, async ({ organizationId, runId }) => {
      await deps.runs.endFetch(organizationId, runId);
      return { status: "done", result: {} };
    }),
    activityHandler(isFetched, log, async ({ organizationId, runId }) => {
      const run = await deps.runs.find(organizationId, runId);
      return { status: "done", result: { fetched: run?.fetchedAt !== undefined } };
    }),
    activityHandler(sealAccount, log, (input) => seal(deps, input)),
    activityHandler(finishRun, log, (input) => finish(deps, input)),
  ];
}

/** What no account of the organization can get round stops the run before the others have met it, too. What the next try may mend
 * does not: an account that it ends for all the same stops the run when it is closed. */
const stopper =
  ({ runs }: RunAccountsDeps) =>
  async <T>(run: { readonly organizationId: string; readonly runId: string }, work: Promise<Step<T>>) => {
    try {
      return await work;
    } catch (error) {
      const ending = endingOf(error);
      if (ending?.status === "failed" && stopsOrganization(ending.code))
        await runs.stop(run.organizationId, run.runId, ending.code);
      throw error;
    }
  };
