import { checkDrift, type CheckDriftDeps } from "../../shared/backup/check-drift.ts";
import { compareWithGraph } from "../../shared/backup/drift.contract.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import { type ActivityDefinition, activityHandler } from "../runtime/activity.ts";

export const driftActivities = (deps: CheckDriftDeps & { readonly log: Logger }): ActivityDefinition[] => [
  activityHandler(compareWithGraph, deps.log, (input, deadline) => checkDrift(deps, input, deadline)),
];
