import type { OrchestrationContext, Task } from "durable-functions";
import { expect, test } from "vitest";
import { backupContents } from "../../../functions/orchestrators/backup-contents.ts";
import { fetchContents, isFetched } from "../../../shared/backup/backup.contract.ts";
import { hashId } from "../../../shared/platform/new-id.ts";

/** Lives the stage to its end: rounds of contents by generation, pauses between these, and what the stage answers. In generation `fails`
 * one group ends by `code`; that many generations have passed when the last message has come. */
function lived({ fails, code, fetchedIn }: { fails: number; code: string; fetchedIn: number }) {
  const rounds: number[] = [];
  const pauses: number[] = [];
  const done = (result: unknown) => ({ isCompleted: true, isFaulted: false, result }) as Task;
  const inputs: object[] = [{ organizationId: hashId("o"), runId: hashId("r"), pauseMs: 0, codes: [] }];
  for (let generation = 0; ; generation++) {
    const input = inputs[generation];
    let asked = 0;
    const df = {
      currentUtcDateTime: new Date(0),
      getInput: () => input,
      callActivity(name: string, { group }: { group?: number }) {
        if (name === isFetched.name) return done({ status: "done", result: { fetched: generation >= fetchedIn } });
        expect(name).toBe(fetchContents.name);
        asked += 1;
        return done(
          generation === fails && group === 0
            ? { status: "failed", code }
            : { status: "done", result: { fetched: generation === fails ? 1 : 0 } },
        );
      },
      createTimer: (until: Date) => (pauses.push(until.getTime()), done(undefined)),
      continueAsNew: (given: object) => void inputs.push(given),
      Task: { all: (tasks: readonly Task[]) => tasks },
    };
    const flow = backupContents({ df } as unknown as OrchestrationContext);
    let step = flow.next();
    while (!step.done) step = flow.next();
    rounds.push(asked);
    if (inputs.length === generation + 1) return { rounds, pauses, codes: step.value };
  }
}

test("after a refusal nothing is asked for until the last message has come, and then once more", () => {
  const { rounds, pauses, codes } = lived({ fails: 1, code: "graph.forbidden", fetchedIn: 9 });
  expect(rounds).toEqual([4, 4, 0, 0, 0, 0, 0, 0, 0, 4]);
  expect(codes).toEqual(["graph.forbidden"]);
  expect(pauses).toEqual([2, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1_000));
});

test("a run that is set aside for payment waits for no message", () => {
  expect(lived({ fails: 1, code: "billing.payment_required", fetchedIn: 9 })).toMatchObject({
    rounds: [4, 4],
    codes: ["billing.payment_required"],
  });
});

test("a refusal after the last message ends the stage", () => {
  expect(lived({ fails: 2, code: "graph.forbidden", fetchedIn: 2 })).toMatchObject({ rounds: [4, 4, 4] });
});
