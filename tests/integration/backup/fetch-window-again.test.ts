import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { NO_COUNTS } from "../../../shared/archive/archive-store.ts";
import type { MessageSource } from "../../../shared/backup/message-source.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { ownStorage } from "../../support/own-storage.ts";
import {
  DAY,
  everything,
  hour,
  messages,
  NEVER,
  pagesOf,
  START,
  windowWorld,
  messageAt,
} from "../../support/one-window.ts";

const clients = ownStorage();
const world = windowWorld(clients);

/** Says that time is up once so many pages came. */
function hurried(pages: MessageSource["pages"], most: number, now = Date.now()) {
  let came = 0;
  const deps = { now: () => (came >= most ? NEVER : now) };
  const counted: MessageSource["pages"] = async function* (...asked) {
    for await (const page of pages(...asked)) {
      came += 1;
      yield page;
    }
  };
  return { counted, over: () => deps, anew: () => void (came = 0) };
}

test("a window of which much was read goes on there, whatever broke off the reading, and is read once", async () => {
  let pages = 0;
  const failing: MessageSource["pages"] = async function* (...asked) {
    for await (const page of pagesOf(messages)(...asked)) {
      if ((pages += 1) === 8) throw new AppError("unavailable", "graph.unavailable", "gone");
      yield page;
    }
  };
  const { counted, over, anew } = hurried(failing, 4);
  const { archive, of, fetch, stored } = await world(hour, {}, counted, over);
  expect(await fetch(hour, NEVER)).toEqual({ status: "done", result: { rest: [hour] } });
  anew();
  await expect(fetch(hour, NEVER)).rejects.toMatchObject({ code: "graph.unavailable" });
  anew();
  expect(await fetch(hour, NEVER)).toEqual({ status: "done", result: { rest: [] } });
  expect(await stored()).toEqual(everything);
  expect(await Array.fromAsync(archive.windows(of))).toMatchObject([{ ...hour, seen: 60, added: 60, state: "done" }]);
});

test("a place that leads in circles from one call to the next is given up for smaller windows", async () => {
  let isRound = true;
  const round: MessageSource["pages"] = async function* (organization, user, window, options = {}) {
    for await (const page of pagesOf(messages)(organization, user, window, options)) {
      const { nextLink } = page;
      yield isRound && nextLink === "49" ? { ...page, nextLink: "7" } : page;
      if (isRound && nextLink === "49") yield* round(organization, user, window, { ...options, nextLink: "7" });
    }
  };
  const { counted, over, anew } = hurried(round, 4);
  const { fetch, stored } = await world(hour, {}, counted, over);
  const steps = [];
  for (let calls = 0; calls < 9; calls++) {
    anew();
    const step = await fetch(hour, NEVER);
    steps.push(step);
    if (step.status === "done" && step.result.rest.length > 1) break;
  }
  const last = steps.at(-1);
  if (last?.status !== "done") throw new Error(JSON.stringify(steps));
  expect(last.result.rest.length).toBeGreaterThan(1);
  isRound = false;
  for (const window of last.result.rest) {
    anew();
    expect(await fetch(window, NEVER)).toMatchObject({ status: "done" });
  }
  expect(await stored()).toEqual(everything);
});

test.each([
  ["goes on", 1, 60 - 14],
  ["begins again", 25, 60],
])("a window whose reading began so long ago %s (%i hours)", async (_, hours, seen) => {
  const now = Date.now();
  const { archive, of, fetch } = await world(hour, { nextLink: "14", begunAt: now - hours * 3_600_000 });
  await fetch(hour, NEVER);
  expect(await Array.fromAsync(archive.windows(of))).toMatchObject([{ state: "done", seen }]);
});

test("a change is looked for in windows of earlier runs, and those of its own run are not listed, however many they are", async () => {
  const before = { from: START - DAY, to: START, readAt: START + 60_000 };
  const changed = { ...messageAt(1, START + 60_000), createdDateTime: new Date(START - 3_600_000).toISOString() };
  let listed = 0;
  const counted = async function* <T>(rows: AsyncGenerator<T>) {
    for await (const row of rows) {
      listed += 1;
      yield row;
    }
  };
  const { archive, of, fetch } = await world(hour, {}, pagesOf([changed]), (real) => ({
    archive: {
      ...real.archive,
      windows: (...given) => counted(real.archive.windows(...given)),
      windowsReadSince: (...given) => counted(real.archive.windowsReadSince(...given)),
    },
  }));
  const own = Array.from({ length: 300 }, (_, n) => {
    const from = START - (n + 3) * DAY;
    return { from, to: from + DAY, readAt: START + 60_000, state: "done", runId: "r", ...NO_COUNTS } as const;
  });
  await archive.commit(of, [], own);
  await archive.commit(of, [], [{ ...before, ...NO_COUNTS, state: "done", runId: "earlier" }]);
  const read = { from: before.from, to: before.to };
  expect(await fetch(hour, NEVER)).toEqual({ status: "done", result: { rest: [read] } });
  expect(listed).toBe(1);
  expect(await archive.window(of, before.from, before.to)).toMatchObject({ state: "pending", runId: "r" });
});

test("windows that prove to have been disturbed are answered again by a repeat, as long as they are pending", async () => {
  const changed = { ...messageAt(1, START + 60_000), createdDateTime: new Date(START - 3_600_000).toISOString() };
  const { archive, of, fetch } = await world(hour, {}, pagesOf([changed]));
  const before = { from: START - DAY, to: START };
  const others = { from: START - 3 * DAY, to: START - DAY };
  const later = { from: hour.to, to: hour.to + 3_600_000 };
  await archive.commit(
    of,
    [],
    [
      { ...before, ...NO_COUNTS, readAt: START + 60_000, state: "done", runId: "earlier" },
      // Of the same run, found by nobody or by another.
      { ...later, ...NO_COUNTS, state: "pending", runId: "r" },
      { ...others, ...NO_COUNTS, state: "pending", runId: "r" },
    ],
  );
  const found = { status: "done", result: { rest: [before] } };
  expect(await fetch(hour, NEVER)).toEqual(found);
  expect(await fetch(hour, NEVER)).toEqual(found);
  expect(await fetch(before, NEVER)).toEqual({ status: "done", result: { rest: [] } });
  expect(await fetch(hour, NEVER)).toEqual({ status: "done", result: { rest: [] } });
});

test("of two that fetch a window that shows another to have been disturbed, whoever comes first, that one is answered", async () => {
  const changed = { ...messageAt(1, START + 60_000), createdDateTime: new Date(START - 3_600_000).toISOString() };
  const slowly: MessageSource["pages"] = async function* (...asked) {
    for await (const page of pagesOf([changed])(...asked)) {
      await delay(Math.random() * 20);
      yield page;
    }
  };
  const { archive, of, fetch } = await world(hour, {}, slowly);
  const before = { from: START - DAY, to: START };
  await archive.commit(of, [], [{ ...before, ...NO_COUNTS, readAt: START + 60_000, state: "done", runId: "earlier" }]);
  await Promise.all([fetch(hour, NEVER), fetch(hour, NEVER)]);
  expect(await fetch(hour, NEVER)).toEqual({ status: "done", result: { rest: [before] } });
});

test("a window that is pending is not put down once more for a change, so that nothing of its reading is forgotten", async () => {
  const changed = { ...messageAt(1, START + 60_000), createdDateTime: new Date(START - 3_600_000).toISOString() };
  const { archive, of, fetch } = await world(hour, {}, pagesOf([changed]));
  const before = { from: START - DAY, to: START };
  const counts = { seen: 14, added: 14, unchanged: 0, malformed: 0 };
  const half = { ...before, ...counts, state: "pending", runId: "earlier", nextLink: "14" } as const;
  await archive.commit(of, [], [{ ...half, readAt: START + 60_000 }]);
  expect(await fetch(hour, NEVER)).toEqual({ status: "done", result: { rest: [] } });
  expect(await archive.window(of, before.from, before.to)).toMatchObject(half);
});

test("a window that was read again in pieces is not read once more in the same run, and its pieces keep their counts", async () => {
  const changed = { ...messageAt(1, START + 60_000), createdDateTime: new Date(START - 3_600_000).toISOString() };
  const whole = { from: START - DAY, to: START };
  const { archive, of, fetch } = await world(hour, {}, pagesOf([changed]), (real) => ({
    archive: {
      ...real.archive,
      // As the manifest of the run before tells it.
      async *windowsReadSince() {
        yield await Promise.resolve({
          ...whole,
          ...NO_COUNTS,
          readAt: START + 60_000,
          state: "done",
          runId: "earlier",
        });
      },
    },
  }));
  const middle = whole.from + DAY / 2;
  const pieces = [
    { ...whole, to: middle },
    { ...whole, from: middle },
  ].map(
    (piece, n) => ({ ...piece, seen: 9, added: 9 - n, unchanged: n, malformed: 0, state: "done", runId: "r" }) as const,
  );
  await archive.commit(of, [], pieces);
  expect(await fetch(hour, NEVER)).toEqual({ status: "done", result: { rest: [] } });
  expect(await Array.fromAsync(archive.windows(of, whole))).toEqual(pieces);
});

test("a place that Graph refuses on resumption begins the window again in halves, and what it brought is counted once", async () => {
  let isRefused = true;
  const pages: MessageSource["pages"] = async function* (organization, user, window, options = {}) {
    if (isRefused && options.nextLink !== undefined)
      throw new AppError("unavailable", "graph.next_link_refused", "expired");
    yield* pagesOf(messages)(organization, user, window, options);
  };
  const { counted, over, anew } = hurried(pages, 6);
  const { archive, of, fetch, stored } = await world(hour, {}, counted, over);
  expect(await fetch(hour, NEVER)).toEqual({ status: "done", result: { rest: [hour] } });
  anew();
  const refused = await fetch(hour, NEVER);
  if (refused.status !== "done") throw new Error(refused.status);
  expect(refused.result.rest).toHaveLength(2);
  // A repeat of the call whose answer was lost.
  expect(await fetch(hour, NEVER)).toEqual(refused);
  isRefused = false;
  for (const half of refused.result.rest) {
    let status = "";
    for (let calls = 0; calls < 5 && status !== "done"; calls++) {
      anew();
      const step = await fetch(half, NEVER);
      status = step.status === "done" && step.result.rest.length === 0 ? "done" : "more";
    }
    expect(status).toBe("done");
  }
  expect(await stored()).toEqual(everything);
  const windows = await Array.fromAsync(archive.windows(of));
  const sums = windows.map(({ seen, added, unchanged }) => [seen, added, unchanged]);
  expect(sums.reduce((a, b) => a.map((sum, place) => sum + (b[place] ?? 0)))).toEqual([102, 60, 42]);
  const packs = await Array.fromAsync(archive.packs(of));
  expect(packs.map(({ versions }) => versions).reduce((a, b) => a + b)).toBe(60);
  expect(packs.map((pack) => pack.messages).reduce((a, b) => a + b)).toBe(60);
});

test("of two that go on with the same window at once, one brings it in, and the counts are those of one", async () => {
  const slowly: MessageSource["pages"] = async function* (...asked) {
    for await (const page of pagesOf(messages)(...asked)) {
      await delay(Math.random() * 20);
      yield page;
    }
  };
  const { archive, of, fetch } = await world(hour, { nextLink: "14", begunAt: Date.now() }, slowly);
  const steps = await Promise.all([fetch(hour, NEVER), fetch(hour, NEVER)]);
  expect(steps.map(({ status }) => status).sort()).toEqual(["again", "done"]);
  expect(await fetch(hour, NEVER)).toEqual({ status: "done", result: { rest: [] } });
  expect(await Array.fromAsync(archive.windows(of))).toMatchObject([{ seen: 46, added: 46, state: "done" }]);
  const packs = await Array.fromAsync(archive.packs(of));
  expect(packs.map(({ versions }) => versions).reduce((a, b) => a + b)).toBe(46);
});
