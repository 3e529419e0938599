import { type BuildPartDeps, buildPart } from "../../shared/downloads/build-part.ts";
import { type CloseDownloadDeps, finishDownload } from "../../shared/downloads/close-download.ts";
import {
  closeDownload,
  planDownload,
  renderDownloadSet,
  writeDownloadPart,
} from "../../shared/downloads/download.contract.ts";
import { type OpenSetsDeps, openSets } from "../../shared/downloads/open-sets.ts";
import { type RenderSetDeps, renderSet } from "../../shared/downloads/render-set.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import { type ActivityDefinition, activityHandler } from "../runtime/activity.ts";

export type DownloadActivityDeps = OpenSetsDeps &
  RenderSetDeps &
  BuildPartDeps &
  CloseDownloadDeps & { readonly log: Logger };

/** The activities of a download, in the order in which it calls them. */
export function downloadActivities(deps: DownloadActivityDeps): ActivityDefinition[] {
  const { log } = deps;
  return [
    activityHandler(planDownload, log, (input) => openSets(deps, input)),
    activityHandler(renderDownloadSet, log, (input) => renderSet(deps, input)),
    activityHandler(writeDownloadPart, log, (input) => buildPart(deps, input)),
    activityHandler(closeDownload, log, (input) => finishDownload(deps, input)),
  ];
}
