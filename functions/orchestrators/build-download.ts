import type { OrchestrationContext } from "durable-functions";
import {
  BUILD_DOWNLOAD,
  buildDownloadInput,
  closeDownload,
  planDownload,
  renderDownloadSet,
  writeDownloadPart,
} from "../../shared/downloads/download.contract.ts";
import { type Flow, run, runAll } from "../runtime/orchestration.ts";
import type { Ending } from "../runtime/turn.ts";

const WIDTH = 8;
/** Zips at once; what they hold together is bounded where they are written. */
const ZIPS = 4;
const MOST_CODES = 20;
/** What a set was rendered to can be lost before its zips are written; then it is rendered again. */
const MOST_RENDERINGS = 3;

interface SetInput {
  readonly organizationId: string;
  readonly downloadId: string;
  readonly set: number;
}

/** Renders the file sets of a download and writes their zips, some sets at a time, then ends it by what its rows say. What
 * fails is noted and keeps nothing else from being made. Everything that must be remembered is in rows, so that a repeat of any
 * step adds nothing. */
export function* buildDownload(context: OrchestrationContext): Flow<void> {
  const { next, codes: before, ...download } = buildDownloadInput.parse(context.df.getInput());
  const codes = new Set(before);
  const plan = yield* run(context, planDownload, { ...download, next });
  note(codes, [plan]);
  const numbers = plan.status === "done" ? plan.result.sets : [];
  let sets: SetInput[] = numbers.map((set) => ({ ...download, set }));
  for (let times = 0; sets.length > 0 && times < MOST_RENDERINGS; times++)
    sets = yield* buildSets(context, sets, codes);
  if (sets.length > 0) codes.add("download.spool_lost");
  const carried = [...codes].slice(0, MOST_CODES);
  const last = numbers.at(-1);
  if (last !== undefined) return context.df.continueAsNew({ ...download, next: last + 1, codes: carried });
  yield* run(context, closeDownload, { ...download, codes: carried });
}

export const buildDownloadDefinition = { name: BUILD_DOWNLOAD, handler: buildDownload };

/** Answers the sets whose renderings were lost. */
function* buildSets(context: OrchestrationContext, sets: readonly SetInput[], codes: Set<string>): Flow<SetInput[]> {
  const rendered = yield* runAll(context, renderDownloadSet, sets, WIDTH);
  note(codes, rendered);
  const parts = sets.flatMap((set, at) => range(1, partsOf(rendered[at]) + 1).map((part) => ({ ...set, part })));
  const written = yield* runAll(context, writeDownloadPart, parts, ZIPS);
  note(codes, written);
  const lost = new Set(parts.filter((_, at) => isLost(written[at])).map(({ set }) => set));
  return sets.filter(({ set }) => lost.has(set));
}

const partsOf = (ending: Ending<{ parts: number }> | undefined): number =>
  ending?.status === "done" ? ending.result.parts : 0;

const isLost = (ending: Ending<{ isWritten: boolean }> | undefined): boolean =>
  ending?.status === "done" && !ending.result.isWritten;

function note(codes: Set<string>, endings: readonly Ending<unknown>[]): void {
  for (const ending of endings) if (ending.status === "failed") codes.add(ending.code);
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to > from ? to - from : 0 }, (_, at) => from + at);
