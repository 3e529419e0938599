import type { RefreshResult } from "../../shared/accounts/refresh-accounts.ts";
import { refreshDirectory } from "../../shared/accounts/refresh-accounts.contract.ts";
import type { Step } from "../../shared/platform/activity.contract.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import { activityHandler } from "../runtime/activity.ts";

export interface RefreshDirectory {
  readonly log: Logger;
  readonly refresh: (organizationId: string, deadline: number) => Promise<Step<RefreshResult>>;
}

export const refreshDirectoryActivity = ({ log, refresh }: RefreshDirectory) =>
  activityHandler(refreshDirectory, log, ({ organizationId }, deadline) => refresh(organizationId, deadline));
