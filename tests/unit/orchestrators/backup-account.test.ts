import type { OrchestrationContext, Task } from "durable-functions";
import { expect, test } from "vitest";
import { backupAccount } from "../../../functions/orchestrators/backup-account.ts";
import {
  accountInput,
  closeAccount,
  fetchWindow,
  openWindows,
  WINDOWS_PER_GENERATION,
} from "../../../shared/backup/backup.contract.ts";
import type { TimeWindow } from "../../../shared/backup/plan-windows.ts";
import { hashId } from "../../../shared/platform/new-id.ts";

const EPOCH = new Date(0);
const NEVER = Number.POSITIVE_INFINITY;
const account = { organizationId: hashId("o"), runId: hashId("r"), accountId: hashId("a") };
const nameOf = ({ from, to }: TimeWindow) => `${from}-${to}`;

interface Account {
  /** Windows, of which every one leaves two smaller ones until they are so short. */
  readonly length: number;
  readonly fails?: (window: TimeWindow) => string | undefined;
  /** What a window shows to have been disturbed. */
  readonly disturbs?: (window: TimeWindow) => readonly TimeWindow[];
  /** Its windows are opened so often; then it is not active any more. */
  readonly openings?: number;
  /** A window tells of so many of those that come of it. */
  readonly named?: number;
}

/** Lives an account to its end over rows that remember what is pending. */
function lived(
  input: object,
  { length, fails = () => undefined, disturbs = () => [], openings = NEVER, named = NEVER }: Account,
) {
  const pending = new Map<string, TimeWindow>([["0", { from: 0, to: length }]]);
  const asked: string[] = [];
  const calls: string[][] = [];
  const inputs: number[] = [];
  let closedWith: readonly string[] | undefined;
  const done = (result: unknown) => ({ isCompleted: true, isFaulted: false, result }) as Task;
  const answer = (name: string, given: { window: TimeWindow; most?: number; codes: string[] }) => {
    if (name === closeAccount.name) closedWith = given.codes;
    if (name === openWindows.name && calls.length >= openings) return { status: "failed", code: "account.not_active" };
    if (name === openWindows.name)
      return { status: "done", result: { windows: [...pending.values()].slice(0, given.most) } };
    if (name !== fetchWindow.name) return { status: "done", result: {} };
    const { from, to } = given.window;
    asked.push(nameOf(given.window));
    const code = fails(given.window);
    if (code !== undefined) return { status: "failed", code };
    for (const [key, one] of pending) if (nameOf(one) === nameOf(given.window)) pending.delete(key);
    const middle = Math.floor((from + to) / 2);
    const rest =
      to - from > 1
        ? [
            { from, to: middle },
            { from: middle, to },
          ]
        : []; // prettier-ignore
    rest.push(...disturbs(given.window));
    for (const one of rest) pending.set(nameOf(one), one);
    return { status: "done", result: rest.length > named ? { rest: rest.slice(0, named), more: true } : { rest } };
  };
  for (let next: object | undefined = input; next !== undefined; ) {
    const given: object = next;
    next = undefined;
    inputs.push(JSON.stringify(given).length);
    const called: string[] = [];
    const df = {
      currentUtcDateTime: EPOCH,
      getInput: () => given,
      callActivity: (name: string, of: Parameters<typeof answer>[1]) => (called.push(name), done(answer(name, of))),
      continueAsNew: (one: object) => void (next = one),
      Task: { all: (tasks: readonly Task[]) => tasks },
    };
    const flow = backupAccount({ df } as unknown as OrchestrationContext);
    while (flow.next().done !== true);
    calls.push(called);
  }
  return { pending, asked, calls, inputs, closedWith };
}

const bounded = { ...account, windows: 4, mostWindows: WINDOWS_PER_GENERATION };

test("an account of thousands of windows has no history of more than a generation, and asks for each window once", () => {
  const { pending, asked, calls, inputs, closedWith } = lived(bounded, { length: 2_000 });
  expect(pending.size).toBe(0);
  expect(asked).toHaveLength(2 * 2_000 - 1);
  expect(new Set(asked).size).toBe(asked.length);
  expect(Math.max(...calls.map((called) => called.length))).toBeLessThanOrEqual(WINDOWS_PER_GENERATION + 4);
  expect(Math.max(...inputs)).toBeLessThan(10_000);
  expect(calls.flat().filter((name) => name === "recordChats")).toHaveLength(1);
  expect(calls.flat().filter((name) => name === closeAccount.name)).toHaveLength(1);
  expect(closedWith).toEqual([]);
});

test("a window that several of a round show to have been disturbed is asked for once", () => {
  const disturbed = { from: -10, to: -9 };
  const disturbs = ({ from, to }: TimeWindow) => (to - from === 25 ? [disturbed] : []);
  const { pending, asked } = lived(bounded, { length: 200, disturbs });
  expect(pending.size).toBe(0);
  expect(asked).toContain(nameOf(disturbed));
  expect(new Set(asked).size).toBe(asked.length);
});

test.each([bounded, { ...account, windows: 4 }])(
  "windows that none tells of, because they are too many, are asked for in the next generation",
  (input) => {
    const many = Array.from({ length: 500 }, (_, n) => ({ from: -n - 1, to: -n }));
    const disturbs = ({ from }: TimeWindow) => (from === 7 ? many : []);
    const { pending, asked, closedWith } = lived(input, { length: 8, disturbs, named: 3 });
    expect(pending.size).toBe(0);
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.filter((name) => name.startsWith("-"))).toHaveLength(500);
    expect(closedWith).toEqual([]);
  },
);

test("a window that failed is left to the next run, whatever generations follow", () => {
  const fails = ({ from, to }: TimeWindow) => (to - from === 1 && from % 100 === 0 ? "graph.unavailable" : undefined);
  const { pending, asked, closedWith } = lived(bounded, { length: 1_000, fails });
  expect([...pending.values()].map(({ from }) => from).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 10 }, (_, n) => n * 100),
  );
  expect(new Set(asked).size).toBe(asked.length);
  expect(closedWith).toEqual(["graph.unavailable"]);
});

test("an account of which very many windows fail is not asked for the others", () => {
  const fails = ({ from, to }: TimeWindow) => (to - from === 1 ? "graph.unavailable" : undefined);
  const { asked, inputs, closedWith } = lived(bounded, { length: 2_000, fails });
  expect(asked.length).toBeLessThan(2 * 2_000 - 1);
  expect(Math.max(...inputs)).toBeLessThan(10_000);
  expect(closedWith).toEqual(["graph.unavailable"]);
});

test("a reason of the whole account ends it in whatever generation it comes", () => {
  const fails = ({ from }: TimeWindow) => (from > 500 ? "graph.access_denied" : undefined);
  const { calls, closedWith } = lived(bounded, { length: 1_000, fails });
  expect(calls.at(-1)?.slice(-2)).toEqual(["compactPacks", closeAccount.name]);
  expect(closedWith).toEqual(["graph.access_denied"]);
});

test("an account that is deactivated between two generations is asked for nothing more, and it is said", () => {
  const { calls, closedWith, pending } = lived(bounded, { length: 1_000, openings: 2 });
  expect(pending.size).toBeGreaterThan(0);
  expect(calls).toHaveLength(3);
  expect(calls.at(-1)).toEqual([openWindows.name, "compactPacks", closeAccount.name]);
  expect(closedWith).toEqual(["account.not_active"]);
});

test("an instance that began before there were generations calls what it always called", () => {
  const { calls, pending } = lived({ ...account, windows: 4 }, { length: 200 });
  expect(pending.size).toBe(0);
  expect(calls).toEqual([
    ["recordChats", "openWindows", ...Array.from({ length: 399 }, () => "fetchWindow"), "compactPacks", "closeAccount"],
  ]);
  expect(accountInput.parse(account)).toEqual({ ...account, windows: 1 });
});
