import { expect, test } from "vitest";
import { readPack } from "../../../shared/archive/archive-reader.ts";
import { NO_COUNTS } from "../../../shared/archive/archive-store.ts";
import type { MessageSource } from "../../../shared/backup/message-source.ts";
import { covers, type TimeWindow } from "../../../shared/backup/plan-windows.ts";
import { AppError, isAppError } from "../../../shared/platform/errors.ts";
import { ownStorage } from "../../support/own-storage.ts";
import {
  DAY,
  everything,
  hour,
  many,
  messageAt,
  messages,
  NEVER,
  pagesOf,
  START,
  windowWorld,
  year,
} from "../../support/one-window.ts";

const clients = ownStorage();
const world = windowWorld(clients);

type World = Awaited<ReturnType<typeof world>>;
type Refuse = (window: TimeWindow, page: number) => AppError | undefined;

const unavailable = () => new AppError("unavailable", "graph.unavailable", "504", { context: { status: 504 } });
const overlaps = (a: TimeWindow, b: TimeWindow) => a.from < b.to && a.to > b.from;

/** Pages of a Graph that refuses some of them, and how many were asked for. */
function refusing(pages: MessageSource["pages"], refuse: Refuse) {
  const graph = { refuse, asked: 0 };
  const answers: MessageSource["pages"] = async function* (...asked) {
    let page = Number(asked[3]?.nextLink ?? 0) / 7;
    const refused = () => {
      graph.asked += 1;
      const error = graph.refuse(asked[2], page++);
      if (error) throw error;
    };
    refused();
    for await (const one of pages(...asked)) {
      yield one;
      if (one.nextLink !== undefined) refused();
    }
  };
  return { graph, answers };
}

/** What a run makes of windows: each is tried until it is done, six times in a row in vain at most. Those that failed. */
async function bringAll({ fetch }: World, first: TimeWindow, runId = "r"): Promise<TimeWindow[]> {
  const failed: TimeWindow[] = [];
  const queue = [first];
  for (let window = queue.shift(); window; window = queue.shift()) {
    for (let tries = 1; ; tries++) {
      const step = await fetch(window, NEVER, runId).catch((error: unknown) => error);
      if (!isAppError(step)) {
        queue.push(...(step as { result: { rest: TimeWindow[] } }).result.rest);
        break;
      }
      if (tries < 6) continue;
      failed.push(window);
      break;
    }
  }
  return failed;
}

const rowsOf = ({ archive, of }: World) => Array.fromAsync(archive.windows(of));

async function expectOnce(one: World, expected: readonly number[], ids = expected) {
  expect(await one.stored()).toEqual(expected);
  const packs = await Array.fromAsync(one.archive.packs(one.of));
  expect(packs.reduce((sum, { versions }) => sum + versions, 0)).toBe(ids.length);
  const versions = await Promise.all(packs.map((pack) => Array.fromAsync(readPack(one.archive, one.of, pack))));
  expect(versions.flat()).toHaveLength(ids.length);
}

const poison = { from: START + 200 * DAY, to: START + 200 * DAY + 400 };

test.each([
  ["a window", (window: TimeWindow) => overlaps(window, poison)],
  [
    "a page of a window, however many came before,",
    (window: TimeWindow, page: number) =>
      overlaps(window, poison) && (page === 2 || window.to - window.from < 14 * DAY),
  ],
])(
  "%s that Graph never gives is narrowed to a second, all else comes in, and it mends itself",
  async (_, isPoisoned) => {
    const { graph, answers } = refusing(pagesOf(many), (...asked) =>
      isPoisoned(...asked) ? unavailable() : undefined,
    );
    const one = await world(year, {}, answers);
    const [left, ...others] = await bringAll(one, year);
    expect(others).toEqual([]);
    expect(left && left.to - left.from).toBeLessThan(2_000);
    expect(left && overlaps(left, poison)).toBe(true);
    expect(graph.asked).toBeLessThan(600);
    await expectOnce(
      one,
      many.map((__, n) => n).filter((n) => n !== 400),
    );
    const rows = await rowsOf(one);
    expect(covers(rows, year)).toBe(true);
    expect(rows.filter(({ state }) => state === "pending")).toMatchObject([left ?? {}]);
    graph.refuse = () => undefined;
    expect(await bringAll(one, left ?? year, "later")).toEqual([]);
    await expectOnce(
      one,
      many.map((__, n) => n),
    );
    expect((await rowsOf(one)).every(({ state, fruitless }) => state === "done" && fruitless === undefined)).toBe(true);
  },
);

test("windows that are too long for Graph become as short as it gives them", async () => {
  const { answers } = refusing(pagesOf(many), ({ from, to }) => (to - from > 9 * DAY ? unavailable() : undefined));
  const one = await world(year, {}, answers);
  expect(await bringAll(one, year)).toEqual([]);
  await expectOnce(
    one,
    many.map((__, n) => n),
  );
});

test("those that have to be very short, of a single hour, do so within a few runs", async () => {
  const { answers } = refusing(pagesOf(messages), ({ from, to }) => (to - from > 60_000 ? unavailable() : undefined));
  const one = await world(hour, {}, answers);
  await bringAll(one, hour);
  for (const run of ["second", "third"]) {
    const left = (await rowsOf(one)).filter(({ state }) => state === "pending");
    for (const window of left) await bringAll(one, window, run);
  }
  expect((await rowsOf(one)).filter(({ state }) => state === "pending")).toEqual([]);
  await expectOnce(one, everything);
});

test("nothing is cut while Graph is down, however often it is asked, and one answer is enough afterwards", async () => {
  const { graph, answers } = refusing(pagesOf(messages), unavailable);
  const one = await world(hour, {}, answers);
  for (const run of ["r", "second", "third"]) expect(await bringAll(one, hour, run)).toEqual([hour]);
  expect(await rowsOf(one)).toMatchObject([{ ...hour, ...NO_COUNTS, state: "pending" }]);
  graph.refuse = () => undefined;
  expect(await bringAll(one, hour, "fourth")).toEqual([]);
  await expectOnce(one, everything);
  expect(await rowsOf(one)).toMatchObject([{ ...hour, state: "done", seen: 60 }]);
});

test("what Graph refuses for two tries is not cut", async () => {
  let tries = 0;
  const { answers } = refusing(pagesOf(messages), ({ from, to }, page) =>
    page === 0 && to - from === hour.to - hour.from && tries++ < 2 ? unavailable() : undefined,
  );
  const one = await world(hour, {}, answers);
  expect(await bringAll(one, hour)).toEqual([]);
  expect(await rowsOf(one)).toMatchObject([{ ...hour, state: "done" }]);
});

test.each([
  new AppError("too_many", "graph.throttled", "429", { notBefore: START }),
  new AppError("forbidden", "billing.payment_required", "402"),
  new AppError("forbidden", "graph.unauthorized", "401"),
  new AppError("forbidden", "graph.access_denied", "403"),
  new AppError("not_found", "graph.user_not_found", "404"),
  new AppError("unavailable", "credentials.unavailable", "Entra"),
])("what no smaller window mends cuts none: $code", async (error) => {
  const { answers } = refusing(pagesOf(messages), ({ from, to }) =>
    to - from === hour.to - hour.from ? error : undefined,
  );
  const one = await world(hour, {}, answers);
  expect(await bringAll(one, hour)).toEqual([hour]);
  expect(await rowsOf(one)).toMatchObject([{ ...hour, state: "pending" }]);
});

test("an account of which Graph gives no second whole is cut in few pieces, and in no more by the next run", async () => {
  const minutes = { from: START, to: START + 600_000 };
  const { answers } = refusing(pagesOf(messages), ({ from, to }) => (to - from > 900 ? unavailable() : undefined));
  const one = await world(minutes, {}, answers);
  await bringAll(one, minutes);
  const rows = await rowsOf(one);
  expect(covers(rows, minutes)).toBe(true);
  expect(rows.length).toBeLessThan(5 * 32);
  for (const window of rows) await bringAll(one, window, "second");
  expect(await rowsOf(one)).toHaveLength(rows.length);
});

test("a short stretch that Graph gives instead is taken in and counted like any page", async () => {
  const crowd = everything.map((n) => messageAt(n, START + n * 60_000));
  const { answers } = refusing(pagesOf(crowd), ({ from, to }) => (to - from > 240_000 ? unavailable() : undefined));
  let handed = 0;
  const counted: MessageSource["pages"] = async function* (...asked) {
    for await (const page of answers(...asked)) {
      handed += page.messages.length;
      yield page;
    }
  };
  const one = await world(hour, {}, counted);
  expect(await bringAll(one, hour)).toEqual([]);
  await expectOnce(one, everything);
  const sum = (
    rows: readonly { seen: number; added: number; unchanged: number }[],
    key: "seen" | "added" | "unchanged",
  ) => rows.reduce((total, row) => total + row[key], 0);
  const rows = await rowsOf(one);
  expect([sum(rows, "seen"), sum(rows, "added"), sum(rows, "unchanged")]).toEqual([handed, 60, handed - 60]);
});
