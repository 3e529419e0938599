import type { OrchestrationContext, Task } from "durable-functions";
import { expect, test } from "vitest";
import { buildDownload } from "../../../functions/orchestrators/build-download.ts";
import {
  closeDownload,
  planDownload,
  renderDownloadSet,
  writeDownloadPart,
} from "../../../shared/downloads/download.contract.ts";
import { hashId } from "../../../shared/platform/new-id.ts";

const DOWNLOAD = { organizationId: hashId("o"), downloadId: hashId("d") };
const failed = (code: string) => ({ status: "failed", code });
const done = (result: object) => ({ status: "done", result });
const plan = (...sets: number[]) => done({ sets });
const parts = (count: number) => done({ parts: count });
const WRITTEN = done({ isWritten: true });
const LOST = done({ isWritten: false });

/** Builds a download to its end with plans as given, one for each generation, and answers of each set or zip in their order, the last one
 * for ever. Gives what it is closed with. */
function closedWith(plans: object[], answers: Readonly<Record<string, object[]>>): object | undefined {
  const asked = new Map<string, number>();
  const inputs: object[] = [DOWNLOAD];
  let closing: object | undefined;
  const answer = (name: string, given: { set?: number; part?: number }): object | undefined => {
    if (name === planDownload.name) return plans[inputs.length - 1];
    if (name === closeDownload.name) {
      closing = given;
      return done({});
    }
    const key = name === renderDownloadSet.name ? `${given.set}` : `${given.set}/${given.part}`;
    expect([renderDownloadSet.name, writeDownloadPart.name]).toContain(name);
    const times = asked.get(key) ?? 0;
    asked.set(key, times + 1);
    return answers[key]?.[times] ?? answers[key]?.at(-1) ?? (name === renderDownloadSet.name ? parts(1) : WRITTEN);
  };
  for (let generation = 0; closing === undefined && generation < plans.length; generation++) {
    const df = {
      currentUtcDateTime: new Date(0),
      getInput: () => JSON.parse(JSON.stringify(inputs[generation])) as unknown,
      callActivity: (name: string, given: object) =>
        ({ isCompleted: true, isFaulted: false, result: answer(name, given) }) as Task,
      continueAsNew: (given: object) => void inputs.push(given),
      Task: { all: (tasks: readonly Task[]) => tasks },
    };
    const flow = buildDownload({ df } as unknown as OrchestrationContext);
    while (!flow.next().done);
  }
  return closing;
}

test("each zip that fails is counted under its own code, over all generations", () => {
  const closing = closedWith([plan(0, 1), plan(2, 3), plan(4, 5), plan()], {
    0: [failed("account.not_found")],
    1: [parts(3)],
    "1/2": [failed("download.part_too_large")],
    "1/3": [failed("storage.unavailable")],
    3: [failed("account.not_found")],
    4: [parts(2)],
    "4/1": [LOST],
  });
  expect(closing).toEqual({
    ...DOWNLOAD,
    codes: [],
    failures: [
      { code: "account.not_found", count: 2 },
      { code: "download.part_too_large", count: 1 },
      { code: "storage.unavailable", count: 1 },
      { code: "download.spool_lost", count: 1 },
    ],
  });
});

test("what is made when it is rendered again has not failed, and what is not has failed for the last reason", () => {
  const closing = closedWith([plan(0, 1, 2), plan()], {
    0: [parts(2)],
    "0/1": [LOST, WRITTEN],
    "0/2": [failed("storage.unavailable"), WRITTEN],
    1: [parts(3), failed("archive.damaged")],
    "1/1": [LOST],
    "1/2": [LOST],
    "1/3": [failed("storage.unavailable")],
  });
  expect(closing).toMatchObject({
    failures: [
      { code: "archive.damaged", count: 2 },
      { code: "storage.unavailable", count: 1 },
    ],
  });
});

test("a plan that fails tells why the rest was not made", () => {
  const closing = closedWith([plan(0), failed("storage.unavailable")], { 0: [failed("account.not_found")] });
  expect(closing).toMatchObject({
    codes: ["storage.unavailable"],
    failures: [{ code: "account.not_found", count: 1 }],
  });
});

test("more kinds of failure than anybody foresaw are all counted", () => {
  const sets = Array.from({ length: 40 }, (_, set) => set);
  const answers = Object.fromEntries(sets.map((set) => [set, [failed(`code.${set}`)]]));
  const closing = closedWith([plan(...sets.slice(0, 20)), plan(...sets.slice(20)), plan()], answers);
  expect(closing).toMatchObject({ failures: sets.map((set) => ({ code: `code.${set}`, count: 1 })) });
});
