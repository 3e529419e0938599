import type { VisibleFrom } from "../../shared/archive/retention.ts";
import type { CheckDriftDeps } from "../../shared/backup/check-drift.ts";
import { driftTable } from "../../shared/storage/drift-table.ts";
import type { Base } from "./base.ts";

type Backup = Pick<CheckDriftDeps, "accounts" | "messages" | "archive" | "countUsage">;

export const driftDependencies = (
  { table, now, log }: Base,
  { accounts, messages, archive, countUsage }: Backup,
  visibleFrom: VisibleFrom,
) => ({
  ...{ accounts, messages, archive, countUsage, visibleFrom },
  ...{ drifts: driftTable(table("drift")), random: Math.random, now, log },
});
