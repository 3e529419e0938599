import type { OrchestrationContext, Task } from "durable-functions";
import { expect, test } from "vitest";
import { backupLane } from "../../../functions/orchestrators/backup-lane.ts";
import { claimAccount, sealAccount } from "../../../shared/backup/backup.contract.ts";
import { hashId } from "../../../shared/platform/new-id.ts";

const ACCOUNTS = 10_000;
const EPOCH = new Date(0);

/** Lives a lane to the end of a list: how many calls each generation has in its history, and what was claimed and backed up. */
function lived(phase: "fetch" | "seal") {
  const claimed: string[] = [];
  const worked: string[] = [];
  const calls: number[] = [];
  const done = (result: unknown) => ({ isCompleted: true, isFaulted: false, result }) as Task;
  let next: object | undefined = {
    organizationId: hashId("o"),
    runId: hashId("r"),
    phase,
    lane: 0,
    claim: 0,
    windows: 1,
  };
  while (next !== undefined) {
    const input: object = next;
    next = undefined;
    let count = 0;
    const df = {
      currentUtcDateTime: EPOCH,
      getInput: () => input,
      callActivity(name: string, given: { claim?: number; accountId?: string }) {
        count += 1;
        if (name === sealAccount.name)
          return (worked.push(String(given.accountId)), done({ status: "done", result: {} }));
        expect(name).toBe(claimAccount.name);
        expect(given.claim).toBe(claimed.length);
        if (claimed.length === ACCOUNTS) return done({ status: "done", result: { accountId: null } });
        claimed.push(hashId(String(given.claim)));
        return done({ status: "done", result: { accountId: claimed.at(-1) } });
      },
      callSubOrchestrator: (_name: string, { accountId }: { accountId: string }) => (
        (count += 1), worked.push(accountId), done(undefined)
      ),
      continueAsNew: (given: object) => void (next = given),
      Task: { all: (tasks: readonly Task[]) => tasks },
    };
    const flow = backupLane({ df } as unknown as OrchestrationContext);
    while (flow.next().done !== true);
    calls.push(count);
  }
  return { claimed, worked, calls };
}

test.each(["fetch", "seal"] as const)(
  "a lane that works through 10,000 accounts alone (%s) has no history of more than twenty",
  (phase) => {
    const { claimed, worked, calls } = lived(phase);
    expect(claimed).toHaveLength(ACCOUNTS);
    expect(worked).toEqual(claimed);
    // Of each account its claim and its work.
    expect(Math.max(...calls)).toBe(2 * 20);
    expect(calls).toHaveLength(ACCOUNTS / 20 + 1);
  },
);
