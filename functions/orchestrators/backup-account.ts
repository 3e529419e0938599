import type { OrchestrationContext } from "durable-functions";
import {
  accountInput,
  closeAccount,
  fetchWindow,
  openWindows,
  recordChats,
} from "../../shared/backup/backup.contract.ts";
import type { TimeWindow } from "../../shared/backup/plan-windows.ts";
import { type Flow, run, runAll } from "../runtime/orchestration.ts";

const WINDOWS_AT_ONCE = 4;

/** One account in one run: snapshots of its chats, then its windows. A failure is noted and does not keep the rest from
 * being brought in; what is left of a window comes round again. */
export function* backupAccount(context: OrchestrationContext): Flow<void> {
  const account = accountInput.parse(context.df.getInput());
  const codes: string[] = [];
  const chats = yield* run(context, recordChats, account);
  if (chats.status === "failed") codes.push(chats.code);
  const opened = yield* run(context, openWindows, account);
  let windows: TimeWindow[] = [];
  if (opened.status === "failed") codes.push(opened.code);
  else windows = opened.result.windows;
  while (windows.length > 0) {
    const inputs = windows.map((window) => ({ ...account, window }));
    windows = [];
    for (const ending of yield* runAll(context, fetchWindow, inputs, WINDOWS_AT_ONCE)) {
      if (ending.status === "done") windows.push(...ending.result.rest);
      else if (!codes.includes(ending.code)) codes.push(ending.code);
    }
  }
  yield* run(context, closeAccount, { ...account, codes });
}
