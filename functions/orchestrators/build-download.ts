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
/** What a set was rendered to can be lost before its zips are written; then it is rendered again. */
const MOST_RENDERINGS = 3;

const LOST = "download.spool_lost";

interface SetInput {
  readonly organizationId: string;
  readonly downloadId: string;
  readonly set: number;
}

/** Why zips of a set are not there: a code for each, and one for a set that is not laid out. */
type Unmade = Map<number, readonly string[]>;

/** Renders the file sets of a download and writes their zips, some sets at a time, then ends it by what its rows say. What
 * fails is counted by its code and keeps nothing else from being made. Everything that must be remembered is in rows, so that a repeat of
 * any step adds nothing. */
export function* buildDownload(context: OrchestrationContext): Flow<void> {
  const { next, codes, failures: before, ...download } = buildDownloadInput.parse(context.df.getInput());
  const plan = yield* run(context, planDownload, { ...download, next });
  const numbers = plan.status === "done" ? plan.result.sets : [];
  const unmade: Unmade = new Map();
  let sets: SetInput[] = numbers.map((set) => ({ ...download, set }));
  for (let times = 0; sets.length > 0 && times < MOST_RENDERINGS; times++)
    sets = yield* buildSets(context, sets, unmade);
  const counts = new Map(before.map(({ code, count }) => [code, count]));
  for (const code of [...unmade.values()].flat()) counts.set(code, (counts.get(code) ?? 0) + 1);
  const failures = [...counts].map(([code, count]) => ({ code, count }));
  const last = numbers.at(-1);
  if (last !== undefined) return context.df.continueAsNew({ ...download, next: last + 1, codes, failures });
  yield* run(context, closeDownload, { ...download, codes: [...codes, ...failureOf(plan)], failures });
}

export const buildDownloadDefinition = { name: BUILD_DOWNLOAD, handler: buildDownload };

/** Answers the sets whose renderings were lost. */
function* buildSets(context: OrchestrationContext, sets: readonly SetInput[], unmade: Unmade): Flow<SetInput[]> {
  const rendered = yield* runAll(context, renderDownloadSet, sets, WIDTH);
  const parts = sets.flatMap((set, at) => range(1, partsOf(rendered[at]) + 1).map((part) => ({ ...set, part })));
  const written = yield* runAll(context, writeDownloadPart, parts, ZIPS);
  for (const [at, { set }] of sets.entries()) {
    const [failure] = failureOf(rendered[at]);
    const now = written.flatMap((ending, part) =>
      parts[part]?.set === set ? (isLost(ending) ? [LOST] : failureOf(ending)) : [],
    );
    // Zips of the rendering before, of which some were lost, are there or not as they were then.
    const then = unmade.get(set) ?? [LOST];
    unmade.set(set, failure === undefined ? now : then.map((code) => (code === LOST ? failure : code)));
  }
  const lost = new Set(parts.filter((_, at) => isLost(written[at])).map(({ set }) => set));
  return sets.filter(({ set }) => lost.has(set));
}

const partsOf = (ending: Ending<{ parts: number }> | undefined): number =>
  ending?.status === "done" ? ending.result.parts : 0;

const isLost = (ending: Ending<{ isWritten: boolean }> | undefined): boolean =>
  ending?.status === "done" && !ending.result.isWritten;

const failureOf = (ending: Ending<unknown> | undefined): string[] => (ending?.status === "failed" ? [ending.code] : []);

const range = (from: number, to: number): number[] =>
  Array.from({ length: to > from ? to - from : 0 }, (_, at) => from + at);
