import { expect, test } from "vitest";
import { NO_COUNTS } from "../../../shared/archive/archive-store.ts";
import { decodeManifest } from "../../../shared/archive/manifest.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { NONE, oneAccount } from "../../support/one-account.ts";
import { hour, messageAt, NEVER, pagesOf, windowWorld } from "../../support/one-window.ts";
import { verifyArchive } from "../../support/verify-archive.ts";
import { ownStorage } from "../../support/own-storage.ts";

const clients = ownStorage();

const START = Date.UTC(2025, 0, 1);
const DAY = 86_400_000;

/** An account after two runs, the second of which missed a message of its window: an edit moved it to a page that was read before. */
async function disturbed(mishap: () => void = () => undefined) {
  let [handed, isReady, isRepeated] = [0, false, false];
  const mishaps = { ...NONE, isRepeated: () => isRepeated };
  const account = oneAccount(clients, START, mishaps, (deps) => ({
    ...deps,
    messages: {
      async *pages(...asked) {
        const [, , window] = asked;
        // The window that is read again is an earlier one.
        if (isReady && window.to < deps.now() - DAY / 2) mishap();
        for await (const page of deps.messages.pages(...asked)) {
          handed += page.messages.length;
          yield page;
        }
      },
    },
  }));
  account.send("chat", "the first ever");
  account.pass(DAY);
  await account.run();
  const early = Array.from({ length: 130 }, (_, n) => account.send("chat", `message ${n}`));
  account.pass(3 * DAY);
  const [victim] = early;
  let edits = 0;
  account.betweenPages(() => {
    if (edits++ === 0 && victim) account.edit(victim, "edited meanwhile");
  });
  await account.run();
  const kept = await account.versions();
  expect(kept).toHaveLength(account.sent.length - 2);
  account.pass(DAY);
  [handed, isReady] = [0, true];
  return { account, kept: kept.length, handed: () => handed, repeat: () => void (isRepeated = true) };
}

test("what a window that is read again brings is counted in the run that brought it", async () => {
  const { account, kept, handed } = await disturbed();
  const { totals } = await account.run();
  expect((await account.versions()).length - kept).toBe(2);
  expect(totals.messagesNew).toBe(2);
  expect(totals.messagesSeen).toBe(handed());
});

test("a window is read again, too, where the clock of its reading was behind that of the next run", async () => {
  const MINUTE = 60_000;
  const next = { from: hour.to, to: hour.to + DAY };
  const missed = messageAt(1, hour.from + 1_000);
  const edited = { ...messageAt(2, next.from + MINUTE), createdDateTime: missed.createdDateTime };
  const { archive, of, fetch, stored } = await windowWorld(clients)(next, {}, pagesOf([missed, edited]));
  const read = { ...NO_COUNTS, ...hour, state: "done", runId: "earlier", readAt: next.from - 5 * MINUTE } as const;
  await archive.commit(of, [], [read]);
  expect(await fetch(next, NEVER)).toEqual({ status: "done", result: { rest: [hour] } });
  await fetch(hour, NEVER);
  expect(await stored()).toEqual([1, 2]);
});

test("the next manifest tells that a window was read again, and when", async () => {
  const { account, handed } = await disturbed();
  await account.run();
  const windowsOf = async (number: number) =>
    decodeManifest(await account.archive.readManifest(account.of, number)).windows;
  const [[before], after] = [await windowsOf(2), await windowsOf(3)];
  expect(after.reduce((sum, { seen }) => sum + seen, 0)).toBe(handed());
  const again = after.find(({ from, to }) => from === before?.from && to === before.to);
  expect(Date.parse(again?.readAt ?? "")).toBeGreaterThan(Date.parse(before?.readAt ?? ""));

  account.pass(DAY);
  const { totals } = await account.run();
  expect(totals).toMatchObject({ messagesSeen: 1, messagesNew: 0, messagesUnchanged: 1 });
  const windows = await Array.fromAsync(account.archive.windows(account.of));
  expect(windows.map(({ sealed }) => sealed)).toEqual([true, undefined]);
  expect((await verifyArchive(clients, account.of.organizationId, "all")).problems).toEqual([]);
});

test("a window that is still to be read again is no damage of the archive", async () => {
  const { account } = await disturbed(() => {
    throw new AppError("conflict", "billing.payment_required", "Graph wants payment");
  });
  expect((await account.run()).status).toBe("Paused");
  const windows = await Array.fromAsync(account.archive.windows(account.of));
  expect(windows.map(({ state }) => state)).toContain("pending");
  expect((await verifyArchive(clients, account.of.organizationId, "all")).problems).toEqual([]);
});

test("what was disturbed is read again in the same run although the first answer of each activity is lost", async () => {
  const { account, kept, repeat } = await disturbed();
  repeat();
  expect((await account.run()).status).toBe("Completed");
  expect((await account.versions()).length - kept).toBe(2);
  const windows = await Array.fromAsync(account.archive.windows(account.of));
  expect(windows.filter(({ state }) => state === "pending")).toEqual([]);
});

test("a run that leaves a window to be read again is not complete, though others cover its time", async () => {
  let isForgotten = false;
  const account = oneAccount(clients, START, NONE, (deps) => ({
    ...deps,
    messages: {
      async *pages(...asked) {
        const [, , { to }] = asked;
        const left = { from: to - DAY, to: to - DAY / 2, state: "pending", runId: "earlier", ...NO_COUNTS } as const;
        if (isForgotten) await deps.archive.commit(account.of, [], [left]);
        isForgotten = false;
        yield* deps.messages.pages(...asked);
      },
    },
  }));
  account.send("chat", "the first ever");
  account.pass(DAY);
  expect((await account.run()).status).toBe("Completed");
  account.pass(DAY);
  isForgotten = true;
  const { status, totals } = await account.run();
  expect([status, totals.reasons]).toEqual(["Partial", [{ code: "backup.window_incomplete", count: 1 }]]);
  account.pass(DAY);
  expect((await account.run()).status).toBe("Completed");
});

test("of very many windows that one shows to have been disturbed it names some, and says that there are more", async () => {
  const { archive, of, fetch } = await windowWorld(clients)(hour);
  const disturbedBy = `${hour.from} ${hour.to}`;
  const many = Array.from({ length: 150 }, (_, n) => {
    const to = hour.from - n * DAY;
    return { ...NO_COUNTS, from: to - DAY, to, state: "pending" as const, runId: "r", disturbedBy };
  });
  for (let at = 0; at < many.length; at += 50) await archive.commit(of, [], many.slice(at, at + 50));
  await fetch(hour, NEVER);
  const again = await fetch(hour, NEVER);
  expect(again).toMatchObject({ status: "done", result: { more: true } });
  expect(again.status === "done" && again.result.rest.length).toBe(100);
});
