import { type CloseDownloadDeps, finishDownload } from "./close-download.ts";
import type { OpenDownload } from "./download-store.ts";
import { isEnded } from "./find-download.ts";

/** Who asked for a download starts its build within this. */
const STARTING_MS = 120_000;
const MOST_RESUMES = 5;
/** Far longer than the largest build takes. */
const LONGEST_BUILD_MS = 7 * 86_400_000;

/** Looks after a download that is listed as open: starts its build where it is dead, and ends the download as far as it has
 * come once the build has died too often or takes too long (code `download.gave_up`). `start` must do nothing while the build
 * runs, and say so: there are never two builds of one download. What is made already is not made again. */
export async function resumeDownload(
  deps: CloseDownloadDeps,
  open: OpenDownload,
  start: () => Promise<"started" | "running">,
): Promise<void> {
  const { organizationId, downloadId, since, resumes } = open;
  const ageMs = deps.now() - since;
  if (ageMs < STARTING_MS) return;
  const found = await deps.downloads.find(organizationId, downloadId);
  const isHopeless = resumes >= MOST_RESUMES || ageMs > LONGEST_BUILD_MS;
  if (!found || isEnded(found.value) || isHopeless) {
    await finishDownload(deps, { organizationId, downloadId, codes: ["download.gave_up"] });
  } else if ((await start()) === "started") {
    await deps.downloads.addOpen({ ...open, resumes: resumes + 1 });
  }
}
