import type { CloseDownloadDeps } from "../../shared/downloads/close-download.ts";
import { BUILD_DOWNLOAD, downloadInstance } from "../../shared/downloads/download.contract.ts";
import { resumeDownload } from "../../shared/downloads/resume-download.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import { watchdog } from "../runtime/watchdog.ts";

/** Downloads that wait for a build which never began or is gone are taken up here. */
export const resumeDownloads = (deps: CloseDownloadDeps & { readonly log: Logger }) =>
  watchdog({
    name: "resumeDownloads",
    log: deps.log,
    open: () => deps.downloads.open(),
    resume: (open, durable) => {
      const { organizationId, downloadId } = open;
      const start = async () => {
        const input = { organizationId, downloadId };
        const answer = await durable.start(downloadInstance(downloadId), BUILD_DOWNLOAD, input);
        if (answer === "started") deps.log.warn("download.resumed", input);
        return answer;
      };
      return resumeDownload(deps, open, start);
    },
  });
