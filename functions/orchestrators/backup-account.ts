import type { OrchestrationContext } from "durable-functions";
import {
  accountInput,
  closeAccount,
  compactPacks,
  fetchWindow,
  openWindows,
  recordChats,
} from "../../shared/backup/backup.contract.ts";
import { stopsAccount, stopsOrganization } from "../../shared/backup/outcome.contract.ts";
import type { TimeWindow } from "../../shared/backup/plan-windows.ts";
import { type Flow, run, runAll } from "../runtime/orchestration.ts";

/** After so many it is looked whether the rest is still worth asking for. */
const WINDOWS_PER_ROUND = 16;

/** One account in one run: snapshots of its chats, its windows, then the packs that earlier runs left. A failure is noted and does
 * not keep the rest from being brought in, unless it speaks for the whole account; what is left of a window comes round again. */
export function* backupAccount(context: OrchestrationContext): Flow<void> {
  const { windows: width, ...account } = accountInput.parse(context.df.getInput());
  const codes: string[] = [];
  const chats = yield* run(context, recordChats, account);
  if (chats.status === "failed") codes.push(chats.code);
  const opened = yield* run(context, openWindows, account);
  let windows: TimeWindow[] = [];
  if (opened.status === "failed") codes.push(opened.code);
  else windows = opened.result.windows;
  // Chats may be refused where messages are not: only a reason of the whole organization keeps from asking for these.
  let stopped = codes.some(stopsOrganization);
  while (windows.length > 0 && !stopped) {
    const inputs = windows.slice(0, WINDOWS_PER_ROUND).map((window) => ({ ...account, window }));
    windows = windows.slice(WINDOWS_PER_ROUND);
    for (const ending of yield* runAll(context, fetchWindow, inputs, width)) {
      if (ending.status === "done") windows.push(...ending.result.rest);
      else {
        stopped ||= stopsAccount(ending.code);
        if (!codes.includes(ending.code)) codes.push(ending.code);
      }
    }
  }
  const compacted = yield* run(context, compactPacks, account);
  if (compacted.status === "failed") codes.push(compacted.code);
  yield* run(context, closeAccount, { ...account, codes });
}
