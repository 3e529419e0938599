import { expect, test } from "vitest";
import { NO_COUNTS, type WindowRow } from "../../../shared/archive/archive-store.ts";
import type { RawMessage } from "../../../shared/backup/message-source.ts";
import { covers, MOST_OF_WINDOW, samplesOf } from "../../../shared/backup/plan-windows.ts";
import { readWindow } from "../../../shared/backup/read-window.ts";
import { AppError } from "../../../shared/platform/errors.ts";

const DAY = 86_400_000;
const START = Date.UTC(2025, 0, 1);
const PAGE = 250;
/** What one reading takes. */
const MOST = 25_000;

/** Messages by instant, evenly over the days of a stretch, all of each `burst` (in ms) at once; an odd stride leads through them in no
 * order of time. `asked` is told of each window whose first page is asked for, and may throw. */
function reader(
  messages: number,
  from: number,
  days: number,
  asked: (window: WindowRow) => void = () => undefined,
  isOver = (taken: number) => taken >= MOST,
  burst = 1,
) {
  const at = (n: number) => from + Math.floor((n * days * DAY) / messages / burst) * burst;
  const indexOf = (instant: number) =>
    Math.min(messages, Math.max(0, Math.ceil((Math.ceil((instant - from) / burst) * burst * messages) / (days * DAY))));
  let rows = 0;
  const seen = new Uint8Array(messages);
  const pagesOf = async function* (window: WindowRow, { nextLink = "0" }: { nextLink?: string }) {
    if (nextLink === "0") asked(window);
    const [low, high] = [indexOf(window.from), indexOf(window.to)];
    const length = high - low;
    for (let offset = Number(nextLink); ; offset += PAGE) {
      const count = Math.max(0, Math.min(PAGE, length - offset));
      const page = Array.from({ length: count }, (_, n): RawMessage => {
        const place = length % 7919 === 0 ? offset + n : ((offset + n) * 7919) % length;
        return { n: low + place, at: at(low + place) };
      });
      const isLast = offset + PAGE >= length;
      yield await Promise.resolve({ messages: page, ...(isLast ? {} : { nextLink: String(offset + PAGE) }) });
      if (isLast) return;
    }
  };
  return {
    seen,
    held: ({ from, to }: WindowRow) => indexOf(to) - indexOf(from),
    rows: () => rows,
    async read(window: WindowRow) {
      let taken = 0;
      const reading = await readWindow(
        {
          pages: pagesOf,
          take: (page) => {
            for (const { n } of page) seen[Number(n)] = 1;
            taken += page.length;
            return Promise.resolve({ added: page.length, unchanged: 0, malformed: 0 });
          },
          now: () => START,
          isOver: () => isOver(taken),
        },
        window,
      );
      rows += taken;
      return reading.windows;
    },
  };
}

const year: WindowRow = { from: START, to: START + 366 * DAY, state: "pending", runId: "r", ...NO_COUNTS };

test.each([
  ["a month", 300_000, START + 100 * DAY, 30],
  ["a year", 1_000_000, START, 366],
  ["twenty days", 2_000_000, START + 200.3 * DAY, 20],
])("what is too much, within %s, is cut before much of it is read twice", async (_, messages, from, days) => {
  const { read, seen, rows, held } = reader(messages, from, days);
  let open: WindowRow[] = [year];
  const done: WindowRow[] = [];
  for (let left = 1_000; open.length > 0 && left > 0; left--) {
    const [next, ...others] = open;
    if (!next) break;
    const windows = await read(next);
    done.push(...windows.filter(({ state }) => state === "done"));
    open = [...others, ...windows.filter(({ state }) => state === "pending")];
  }
  expect(open).toEqual([]);
  expect(covers(done, year)).toBe(true);
  expect(seen.every((one) => one === 1)).toBe(true);
  expect(rows() / messages).toBeLessThan(1.1);
  expect(done.reduce((sum, window) => sum + window.seen, 0)).toBe(rows());
  expect(Math.max(...done.map(held))).toBeLessThanOrEqual(MOST_OF_WINDOW);
});

test("a window is not cut for a few short bursts, in which there is more than a page at once", async () => {
  const week = { ...year, to: START + 7 * DAY };
  const [sample] = samplesOf(week, PAGE);
  const burst = (7 * DAY) / 25;
  const from = (sample?.from ?? 0) + 1 - 2 * burst;
  const { read, held, rows } = reader(10_000, from, 7, undefined, undefined, burst);
  expect(held({ ...week, ...sample })).toBeGreaterThan(PAGE);
  expect(await read(week)).toMatchObject([{ to: week.to, state: "done", seen: rows() }]);
  expect(rows() - held(week)).toBe(held({ ...week, ...sample }));
});

const day: WindowRow = { ...year, to: START + DAY };
const isSample = ({ from, to }: WindowRow) => to - from < DAY;

test("what samples brought is counted though one of them fails, and the place where the window goes on stays", async () => {
  let samples = 0;
  const { read, rows } = reader(10_000, START, 1, (window) => {
    if (isSample(window) && (samples += 1) === 3) throw new AppError("unavailable", "graph.unavailable", "gone");
  });
  const [one, ...others] = await read(day);
  expect(others).toEqual([]);
  expect(rows()).toBeGreaterThan(2_000);
  expect(one).toMatchObject({ state: "pending", seen: rows(), added: rows(), nextLink: "2000" });
});

test.each(["graph.next_link_refused", "graph.page_loop"])(
  "a sample that leads nowhere (%s) says nothing of the window, which is read to its end",
  async (code) => {
    const { read, seen } = reader(10_000, START, 1, (window) => {
      if (isSample(window)) throw new AppError("unavailable", code, "broken");
    });
    expect(await read(day)).toMatchObject([{ state: "done", seen: 10_000 }]);
    expect(seen.every((one) => one === 1)).toBe(true);
  },
);

test("a window that is too short to cut goes on where it stopped, however full it is", async () => {
  const moment = { ...day, to: START + 1_500 };
  const { read } = reader(200_000, START, 1_500 / DAY);
  expect(await read(moment)).toMatchObject([{ ...moment, seen: MOST, added: MOST, nextLink: String(MOST) }]);
});

test("no sample is asked for once the time is over", async () => {
  let samples = 0;
  const { read } = reader(
    10_000,
    START,
    1,
    (window) => void (samples += Number(isSample(window))),
    () => samples > 0,
  );
  await read(day);
  expect(samples).toBe(1);
});

test("samples lie apart inside their window, and as a whole have as many pages as they are", () => {
  const samples = samplesOf(year, PAGE);
  expect(samples).toHaveLength(8);
  for (const [place, { from, to }] of samples.entries()) {
    expect(from).toBeGreaterThan(samples[place - 1]?.to ?? year.from);
    expect(to).toBeLessThan(year.to);
    expect((MOST_OF_WINDOW * (to - from)) / (year.to - year.from)).toBeCloseTo(PAGE, 2);
  }
  const short = samplesOf({ from: 0, to: 1 }, PAGE);
  expect(short.every(({ from, to }) => from >= 0 && to > from && to <= 1)).toBe(true);
});
