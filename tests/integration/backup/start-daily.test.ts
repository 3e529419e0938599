import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Azurite, startAzurite } from "../../../local/azurite.ts";
import { dailyTurns } from "../../../shared/backup/daily-turns.ts";
import { remindAll } from "../../../shared/backup/remind-all.ts";
import { nextDaily, remindOfDaily, startDaily } from "../../../shared/backup/start-daily.ts";
import { MOST_STARTED, startDue, type StartDueDeps } from "../../../shared/backup/start-due.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { createLogger } from "../../../shared/platform/logger.ts";
import { newId } from "../../../shared/platform/new-id.ts";
import { dueTable } from "../../../shared/storage/due-table.ts";
import { runTables } from "../../../shared/storage/run-tables.ts";
import { clientsOf } from "../../support/storage.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const berlin = { hour: 2, timeZone: "Europe/Berlin" };
let schedule = berlin;

let azurite: Azurite;
let now: number;
let ready: boolean;
let unpaid: boolean;
let deps: StartDueDeps;
const created = new Map<string, number>();

beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.stop());
let tables = 0;
beforeEach(() => {
  [now, ready, unpaid] = [Date.parse("2026-03-20T10:00:00Z"), true, false];
  schedule = berlin;
  const clients = clientsOf(azurite);
  const name = `t${tables++}`;
  deps = {
    due: dueTable(clients.table(`${name}due`), "daily"),
    runs: runTables(
      {
        runs: clients.table(`${name}runs`),
        backups: clients.table(`${name}backups`),
        runAccounts: clients.table(`${name}runAccounts`),
      },
      () => now,
    ),
    scheduleOf: async (organizationId) => {
      const createdAt = created.get(organizationId);
      return createdAt === undefined ? undefined : { schedule, createdAt };
    },
    ensureReady: async () => {
      if (!ready) throw new AppError("conflict", "feature.disabled", "off");
    },
    hasAccounts: async () => true,
    isUnpaid: async () => unpaid,
    now: () => now,
    log: createLogger(() => undefined),
  };
});

async function organization(): Promise<string> {
  const organizationId = newId(now);
  created.set(organizationId, now);
  await remindOfDaily(deps, organizationId, schedule);
  return organizationId;
}
/** One tick of the timer: the organizations that it started. */
async function tick(): Promise<string[]> {
  const started: string[] = [];
  await startDue(deps, async (organizationId) => void started.push(organizationId));
  return started;
}
/** Ticks every ten minutes: when something started, as local dates. */
async function pass(ms: number): Promise<string[]> {
  const dates: string[] = [];
  for (const end = now + ms; now < end; now += HOUR / 6) {
    for (const organizationId of await tick()) {
      dates.push(new Date(now).toLocaleDateString("sv-SE", { timeZone: schedule.timeZone }));
      await finish(organizationId);
    }
  }
  return dates;
}
async function finish(organizationId: string): Promise<void> {
  const run = await deps.runs.begin(organizationId);
  if (run) await deps.runs.finish(organizationId, { ...run, status: "Completed", finishedAt: now });
}
const reminders = () => Array.fromAsync(deps.due.due(now + 3 * DAY, 100));

test("a new organization waits for its hour, then runs once on each local date, over the change of clocks too", async () => {
  const id = await organization();
  expect(await pass(11 * DAY)).toEqual(Array.from({ length: 11 }, (_, n) => `2026-03-${String(21 + n)}`));
  expect((await reminders()).map(({ organizationId }) => organizationId)).toEqual([id]);
});

/** The hours between one start and the next while the schedule changes at the instants given, as the API changes it. */
async function hoursBetween(changes: readonly [string, typeof schedule][], days: number): Promise<number[]> {
  const id = await organization();
  const starts: number[] = [];
  const left = [...changes];
  for (const end = now + days * DAY; now < end; now += HOUR / 12) {
    const [change] = left;
    if (change && Date.parse(change[0]) <= now) {
      await remindOfDaily(deps, id, change[1]);
      schedule = change[1];
      left.shift();
    }
    for (const organizationId of await tick()) {
      starts.push(now);
      await finish(organizationId);
    }
  }
  return starts.slice(1).map((at, n) => Math.round((at - (starts[n] ?? 0)) / HOUR));
}
const at = (hour: number, timeZone = "Europe/Berlin") => ({ hour, timeZone });

test.each<[string, typeof schedule, [string, typeof schedule][]]>([
  ["from the last hour of a date to the first of the next", at(23), [["2026-04-02T21:59:00Z", at(0)]]],
  ["from the first hour to the last", at(0), [["2026-04-02T10:00:00Z", at(23)]]],
  ["to an earlier hour that has passed", at(23), [["2026-04-02T10:00:00Z", at(3)]]],
  ["to an hour that is about to come", at(3), [["2026-04-02T10:00:00Z", at(13)]]],
  [
    "from the furthest east to the furthest west",
    at(0, "Pacific/Kiritimati"),
    [["2026-04-02T11:30:00Z", at(23, "Pacific/Pago_Pago")]],
  ],
  [
    "from the furthest west to the furthest east",
    at(23, "Pacific/Pago_Pago"),
    [["2026-04-02T11:30:00Z", at(0, "Pacific/Kiritimati")]],
  ],
  [
    "there and back again, and to another hour, within minutes",
    at(3),
    [
      ["2026-04-02T10:00:00Z", at(13, "Pacific/Kiritimati")],
      ["2026-04-02T10:05:00Z", at(23, "Pacific/Pago_Pago")],
      ["2026-04-02T10:10:00Z", at(12)],
      ["2026-04-02T10:15:00Z", at(3)],
    ],
  ],
  [
    "every day to an hour three later, over the change of clocks",
    at(0),
    Array.from({ length: 8 }, (_, n) => [`2026-03-${String(24 + n)}T12:00:00Z`, at(n * 3)]),
  ],
])("a schedule that changes %s runs never twice within a day, and never leaves two out", async (_, first, changes) => {
  schedule = first;
  now = Date.parse("2026-03-22T10:00:00Z");
  const hours = await hoursBetween(changes, 16);
  expect(hours.length).toBeGreaterThan(9);
  expect(Math.min(...hours)).toBeGreaterThanOrEqual(22);
  expect(Math.max(...hours)).toBeLessThan(48);
});

test("a turn that was taken by a clock that stood years ahead ends no schedule", async () => {
  const id = await organization();
  expect(await pass(DAY)).toHaveLength(1);
  const right = now;
  now += 4 * 365 * DAY;
  expect(await pass(DAY)).not.toEqual([]);
  now = right;
  await remindOfDaily(deps, id, schedule);
  const next = await nextDaily(deps, id, { schedule, createdAt: created.get(id) ?? 0 });
  expect(next).toBeLessThan(now + 2 * DAY);
  expect(await pass(5 * DAY)).toHaveLength(5);
});

test("the turns that a host missed for a week are made up by one run", async () => {
  await organization();
  await pass(2 * DAY);
  now += 7 * DAY;
  expect(await tick()).toHaveLength(1);
  expect(await tick()).toEqual([]);
  const [next] = await reminders();
  expect(next?.at).toBe(dailyTurns(schedule, next?.organizationId ?? "").at(Math.floor((now + DAY) / DAY)));
});

test("many timers at once start one run, whatever each had done when it died", async () => {
  const id = await organization();
  now += DAY;
  const [reminder] = await reminders();
  if (!reminder) throw new Error("no reminder");
  const started = await Promise.all(Array.from({ length: 5 }, () => startDaily(deps, reminder)));
  expect(started.filter(Boolean)).toHaveLength(1);
  // A host that died before it took its reminder away.
  await finish(id);
  await deps.due.add(reminder);
  expect(await tick()).toEqual([]);
  expect(await deps.runs.list(id, 10)).toHaveLength(1);
  expect(await reminders()).toHaveLength(1);
});

test("a run that is going on is followed by one, however many turns pass, and it takes all accounts", async () => {
  const id = await organization();
  const going = await deps.runs.request(id, [newId(now)]);
  await deps.runs.begin(id);
  for (let day = 0; day < 4; day++) {
    now += DAY;
    await tick();
  }
  const runs = await deps.runs.list(id, 10);
  expect(runs.map(({ status, scope, daily }) => [status, scope, daily])).toEqual([
    ["Queued", "all", true],
    ["Running", "listed", undefined],
  ]);
  expect(runs.at(-1)?.runId).toBe(going.runId);
});

test.each(["off", "unpaid"])(
  "an organization that is %s keeps its turn, and is looked at once an hour",
  async (why) => {
    await organization();
    if (why === "off") ready = false;
    else unpaid = true;
    let looks = 0;
    const ensureReady = deps.ensureReady;
    deps = { ...deps, ensureReady: (id) => (looks++, ensureReady(id)) };
    expect(await pass(DAY)).toEqual([]);
    expect(looks).toBeGreaterThan(5);
    expect(looks).toBeLessThan(26);
    expect(await reminders()).toHaveLength(1);
    [ready, unpaid] = [true, false];
    expect(await pass(1.5 * HOUR)).toEqual(["2026-03-21"]);
  },
);

test("one that is gone is forgotten, and one that fails stays and keeps nobody waiting", async () => {
  const [gone, broken, fine] = [await organization(), await organization(), await organization()];
  created.delete(gone);
  deps = {
    ...deps,
    isUnpaid: async (id) => {
      if (id === broken) throw new AppError("unavailable", "storage.unavailable", "down");
      return false;
    },
  };
  now += DAY;
  expect(await tick()).toEqual([fine]);
  expect((await reminders()).map(({ organizationId }) => organizationId).sort()).toEqual([broken, fine].sort());
});

test("one tick starts so many at most, the longest overdue first, and the next ones the rest", async () => {
  const ids = await Promise.all(Array.from({ length: MOST_STARTED * 2 + 5 }, organization));
  now += DAY;
  const order = (await Array.fromAsync(deps.due.due(now, 1_000))).map(({ organizationId }) => organizationId);
  const ticks = [await tick(), await tick(), await tick(), await tick()];
  expect(ticks.map(({ length }) => length)).toEqual([MOST_STARTED, MOST_STARTED, 5, 0]);
  expect(ticks.flat()).toEqual(order);
  expect(order.sort()).toEqual(ids.sort());
});

test("organizations that have no reminder get one, and those that have one get no second", async () => {
  const ids = await Promise.all([organization(), organization(), organization()]);
  const before = await reminders();
  const [lost] = before;
  if (!lost) throw new Error("no reminder");
  await deps.due.take(lost);
  const all = {
    ...deps,
    organizations: async function* () {
      yield* ids;
    },
  };
  await remindAll(all);
  await remindAll(all);
  expect(await reminders()).toEqual(before);
});

test("the next backup is the turn that waits, or the one after it", async () => {
  const id = await organization();
  const scheduled = { schedule, createdAt: now };
  const turns = dailyTurns(schedule, id);
  const day = turns.latest(now);
  expect(await nextDaily(deps, id, scheduled)).toBe(turns.at(day + 1));
  now += DAY;
  expect(await nextDaily(deps, id, scheduled)).toBe(turns.at(day + 1));
  await tick();
  expect(await nextDaily(deps, id, scheduled)).toBe(turns.at(day + 2));
});

test("the next backup after a change of the schedule is the one that comes", async () => {
  const id = await organization();
  const made = now;
  now += DAY;
  await tick();
  const ran = dailyTurns(schedule, id).at(Math.floor(now / DAY));
  // Its hour comes three hours after the last turn: too soon, so the next day's.
  const changed = at(5);
  expect(await nextDaily(deps, id, { schedule: changed, createdAt: made })).toBe(ran + 27 * HOUR);
});

test("the next backup after a move westwards is one that comes", async () => {
  const id = await organization();
  const made = now;
  now += DAY;
  await tick();
  const ran = dailyTurns(schedule, id).at(Math.floor(now / DAY));
  const changed = at(0, "Etc/GMT+12");
  await remindOfDaily(deps, id, changed);
  const next = await nextDaily(deps, id, { schedule: changed, createdAt: made });
  expect(next - ran).toBeGreaterThanOrEqual(22 * HOUR);
  schedule = changed;
  now = next;
  expect(await tick()).toContain(id);
});
