import { expect, test } from "vitest";
import { AT_ONCE, NO_COUNTS, type WindowRow } from "../../../shared/archive/archive-store.ts";
import { commitWindow } from "../../../shared/backup/commit-window.ts";
import { covers, cutWindow } from "../../../shared/backup/plan-windows.ts";
import { openWindowPacks } from "../../../shared/backup/window-packs.ts";
import { archiveTables } from "../../../shared/storage/archive-tables.ts";
import { organizationBlobs } from "../../../shared/storage/organization-blobs.ts";
import { KILLED } from "../../support/dying.ts";
import { DAY, START, windowWorld, year } from "../../support/one-window.ts";
import { ownStorage } from "../../support/own-storage.ts";

const clients = ownStorage();
const world = windowWorld(clients);
const NAMES = ["seen", "added", "unchanged", "malformed"] as const;
type Counts = Pick<WindowRow, (typeof NAMES)[number]>;

const sumOf = (rows: readonly Counts[]) => NAMES.map((name) => rows.reduce((sum, row) => sum + row[name], 0));

/** A window, what was counted of it before, and very many parts that take its place; some days that it showed to have been disturbed. */
async function commitOf(others: number, afterEach: () => Promise<void> = () => Promise.resolve()) {
  const client = clients.table("archive");
  const send = client.submitTransaction.bind(client);
  let [isLeft, transactions] = [false, 0];
  client.submitTransaction = async (...given) => {
    const answer = await send(...given);
    if (isLeft) {
      transactions += 1;
      await afterEach();
    }
    return answer;
  };
  const archive = archiveTables(client, organizationBlobs(clients.blobs));
  const { of, fetch } = await world(year);
  const row = { ...year, ...NO_COUNTS, state: "pending", runId: "r" } as const;
  const parts = cutWindow(year, 250, DAY).map((part, n): WindowRow => {
    const counts = n % 3 === 0 ? { seen: 10, added: 6, unchanged: 3, malformed: 1 } : NO_COUNTS;
    return { ...part, ...counts, state: n % 2 === 0 ? "done" : "pending", runId: "r" };
  });
  const whole = { ...row, seen: 840, added: 504, unchanged: 252, malformed: 84 };
  const disturbed = Array.from({ length: others }, (_, n): WindowRow => {
    const to = START - n * DAY;
    return { ...row, from: to - DAY, to, disturbedBy: `${year.from} ${year.to}` };
  });
  const stored = await archive.window(of, year.from, year.to);
  if (!stored) throw new Error("no window");
  const packs = openWindowPacks(archive, of, { window: year, runId: "r", since: START });
  const marks = { between: () => whole, after: () => parts, others: disturbed };
  const commit = async () => {
    isLeft = true;
    return commitWindow(archive, of, packs, stored, marks).finally(() => (isLeft = false));
  };
  const rows = () => Array.fromAsync(archive.windows(of));
  return { archive, of, fetch, commit, rows, parts, disturbed, whole, count: () => transactions };
}

test.each([0, 3, 250])(
  "a window that very many parts take the place of counts the same and has no gap whatever ends its commit (others: %i)",
  async (others) => {
    let kills = 0;
    for (let place = 1; kills === place - 1; place++) {
      const { commit, rows, parts, disturbed, whole, count, fetch } = await commitOf(others, async () => {
        if (count() === place) throw await Promise.resolve(KILLED);
      });
      const committed = await commit().catch((error: unknown) => {
        if (error !== KILLED) throw error;
      });
      expect(sumOf(await rows())).toEqual(sumOf([whole]));
      expect(covers(await rows(), year)).toBe(true);
      if (committed) {
        const bounds = ({ from, to }: WindowRow) => `${from} ${to}`;
        expect(committed.map(bounds).sort()).toEqual([...parts, ...disturbed].map(bounds).sort());
        expect((await rows()).map(bounds).sort()).toEqual(committed.map(bounds).sort());
        continue;
      }
      kills += 1;
      // Whatever part it is, it is fetched in this run, and so is what was disturbed: all that is pending is named, or there is more.
      const step = await fetch(year, Number.POSITIVE_INFINITY);
      if (step.status !== "done") throw new Error(step.status);
      const named = new Set(step.result.rest.map(({ from, to }) => `${from} ${to}`));
      const pending = (await rows()).filter(({ state }) => state === "pending");
      const left = pending.filter(({ from, to }) => !named.has(`${from} ${to}`));
      expect(named.size).toBe(Math.min(pending.length, 100));
      expect(left.length > 0).toBe(step.result.more ?? false);
    }
    expect(kills).toBeGreaterThan(1);
  },
);

test("between the transactions of such a commit nothing that somebody else does is overwritten", async () => {
  let isDisturbed = false;
  const theirs = { ...NO_COUNTS, seen: 7, added: 7, state: "done", runId: "r" } as const;
  const made = await commitOf(250, async () => {
    const [, , , fourth] = made.disturbed.toReversed();
    if (isDisturbed || !fourth || made.count() !== 1) return;
    isDisturbed = true;
    const { from, to } = fourth;
    await made.archive.commit(made.of, [], [{ from, to, ...theirs }], [], await made.archive.stamp(made.of));
  });
  expect(await made.commit()).toBeDefined();
  expect(isDisturbed).toBe(true);
  const rows = await made.rows();
  expect(sumOf(rows)).toEqual(sumOf([made.whole, theirs]));
  expect(AT_ONCE.windowsAlone).toBeLessThan(rows.length);
});
