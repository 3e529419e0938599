import { sampleExport } from "../../shared/billing/billing.contract.ts";
import { sampleExport as sample, type SampleExportDeps } from "../../shared/billing/sample-export.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import { activityHandler } from "../runtime/activity.ts";

export const sampleExportActivity = (deps: SampleExportDeps & { readonly log: Logger }) =>
  activityHandler(sampleExport, deps.log, (input, deadline) => sample(deps, input, deadline));
