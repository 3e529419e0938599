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
/** An account of which more windows fail than this is left to the next run: the input of a generation names them. */
const MOST_FAILED = 32;

/** One account in one run: snapshots of its chats, its windows, then the packs that earlier runs left. A failure is noted and does
 * not keep the rest from being brought in, unless it speaks for the whole account; what is left of a window comes round again. What
 * is pending stands in rows, from which a next generation goes on. */
export function* backupAccount(context: OrchestrationContext): Flow<void> {
  const { windows: width, mostWindows, before, ...account } = accountInput.parse(context.df.getInput());
  const codes = [...(before?.codes ?? [])];
  const failed = [...(before?.failed ?? [])];
  if (before === undefined) {
    const chats = yield* run(context, recordChats, account);
    if (chats.status === "failed") codes.push(chats.code);
  }
  const most = mostWindows === undefined ? {} : { most: mostWindows + MOST_FAILED + WINDOWS_PER_ROUND };
  const opened = yield* run(context, openWindows, { ...account, ...most });
  if (opened.status === "failed") note(codes, opened.code);
  const found = opened.status === "done" ? opened.result.windows : [];
  let windows = found.filter((window) => !failed.some(({ from, to }) => window.from === from && window.to === to));
  // Chats may be refused where messages are not: only a reason of the whole organization keeps from asking for these.
  let stopped = codes.some(stopsOrganization);
  let isMore = most.most !== undefined && found.length >= most.most;
  for (let left = mostWindows ?? Number.POSITIVE_INFINITY; windows.length > 0 && !stopped && left > 0; ) {
    const inputs = windows.slice(0, Math.min(WINDOWS_PER_ROUND, left)).map((window) => ({ ...account, window }));
    windows = windows.slice(inputs.length);
    left -= inputs.length;
    for (const [place, ending] of (yield* runAll(context, fetchWindow, inputs, width)).entries()) {
      if (ending.status === "done") {
        windows.push(...ending.result.rest);
        isMore ||= ending.result.more === true;
      } else {
        stopped ||= stopsAccount(ending.code);
        note(codes, ending.code);
        failed.push(...inputs.slice(place, place + 1).map(({ window }) => window));
      }
    }
    if (mostWindows === undefined) continue;
    windows = distinct(windows);
    stopped ||= failed.length > MOST_FAILED;
  }
  if ((windows.length > 0 || isMore) && !stopped)
    return context.df.continueAsNew({ ...account, windows: width, mostWindows, before: { codes, failed } });
  const compacted = yield* run(context, compactPacks, account);
  if (compacted.status === "failed") codes.push(compacted.code);
  yield* run(context, closeAccount, { ...account, codes });
}

function note(codes: string[], code: string): void {
  if (!codes.includes(code)) codes.push(code);
}

/** Several windows may show the same one to have been disturbed: fetched by several at once, it would be read by each. */
const distinct = (windows: readonly TimeWindow[]): TimeWindow[] => [
  ...new Map(windows.map((window) => [`${window.from} ${window.to}`, window])).values(),
];
