import { type RemindAllDeps, remindAll } from "../../shared/backup/remind-all.ts";
import type { TimerDefinition } from "../runtime/functions-table.ts";

/** Four times a day: an organization without a reminder misses one turn at most. */
export const remindBackups = (deps: RemindAllDeps): TimerDefinition => ({
  name: "remindBackups",
  schedule: "40 23 */6 * * *",
  handler: () => remindAll(deps),
});
