import { expireDownloads, type RemoveDownloadDeps } from "../../shared/downloads/remove-download.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import type { TimerDefinition } from "../runtime/functions-table.ts";

/** Well below the time a function may take; what is left waits for the next tick. */
const BUDGET_MS = 240_000;

/** Deletes the zips of downloads whose time has come. */
export const expireDownloadsTimer = (deps: RemoveDownloadDeps & { readonly log: Logger }): TimerDefinition => ({
  name: "expireDownloads",
  schedule: "0 7,22,37,52 * * * *",
  handler: async () => {
    const expired = await expireDownloads(deps, deps.now() + BUDGET_MS);
    if (expired > 0) deps.log.info("download.expired", { expired });
  },
});
