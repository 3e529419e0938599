import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { NO_COUNTS } from "../../../shared/archive/archive-store.ts";
import { readPack } from "../../../shared/archive/archive-reader.ts";
import { packName } from "../../../shared/archive/blob-names.ts";
import type { MessageSource } from "../../../shared/backup/message-source.ts";
import { covers, type TimeWindow } from "../../../shared/backup/plan-windows.ts";
import { AppError } from "../../../shared/platform/errors.ts";
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

test("a window that outlasts its time is halved until everything is there once", async () => {
  const whole = { from: START, to: START + 3_600_000 };
  const { archive, of, fetch, stored } = await world(whole);
  const queue: TimeWindow[] = [whole];
  let splits = 0;
  for (let window = queue.shift(); window; window = queue.shift()) {
    const step = await fetch(window, 0);
    if (step.status !== "done") throw new Error(step.status);
    splits += step.result.rest.length > 0 ? 1 : 0;
    expect(await fetch(window, 0)).toEqual(step);
    queue.push(...step.result.rest);
  }
  expect(splits).toBeGreaterThan(3);
  expect(await stored()).toEqual(everything);
  const windows = await Array.fromAsync(archive.windows(of));
  expect(windows.every(({ state }) => state === "done")).toBe(true);
  expect(windows.reduce((sum, { added }) => sum + added, 0)).toBe(messages.length);
  const packs = await Array.fromAsync(archive.packs(of));
  expect(packs.reduce((sum, pack) => sum + pack.messages, 0)).toBe(messages.length);
});

test("a window that outlasts its time beside a damaged pack comes to an end, and everything is brought in anew", async () => {
  const whole = { from: START, to: START + 3_600_000 };
  const { archive, of, fetch } = await world(whole);
  await fetch(whole, NEVER);
  const [pack] = await Array.fromAsync(archive.packs(of));
  const container = clients.blobs.getContainerClient(`org-${of.organizationId}`);
  await container
    .getBlockBlobClient(packName(of, pack ?? { month: "", sha256: "" }))
    .uploadData(Buffer.from("damaged"));
  await archive.commit(of, [], [{ ...whole, ...NO_COUNTS, state: "pending", runId: "r" }]);
  const queue: TimeWindow[] = [whole];
  const codes: string[] = [];
  for (let window = queue.shift(); window; window = queue.shift()) {
    const step = await fetch(window, 0).catch((error: AppError) => error);
    if (step instanceof AppError) codes.push(step.code);
    else if (step.status === "done") queue.push(...step.result.rest);
    else throw new Error(step.status);
  }
  expect(new Set(codes)).toEqual(new Set(["archive.damaged"]));
  const windows = await Array.fromAsync(archive.windows(of));
  expect(windows).toHaveLength(codes.length);
  expect(windows.every(({ state }) => state === "pending")).toBe(true);
  expect(covers(windows, whole)).toBe(true);
  const packs = (await Array.fromAsync(archive.packs(of))).filter(({ sha256 }) => sha256 !== pack?.sha256);
  const versions = await Promise.all(packs.map((one) => Array.fromAsync(readPack(archive, of, one))));
  expect(
    versions
      .flat()
      .map(({ id }) => Number(id))
      .sort((a, b) => a - b),
  ).toEqual(everything);
});

test("rows of other times, brought at once with the window that they belong to, are archived and counted once", async () => {
  const middle = START + 1_800_000;
  const windows = [
    { from: START, to: middle },
    { from: middle, to: START + 3_600_000 },
    { from: START + 3_600_000, to: START + 7_200_000 },
  ];
  let [reading, handed] = [0, 0];
  const { promise: everybodyRead, resolve } = Promise.withResolvers<void>();
  const pages: MessageSource["pages"] = async function* (...asked) {
    // Who is handed a page without a nextLink asks for no more: the last one comes once all have what they bring.
    for await (const page of pagesOf(messages)(...asked)) {
      handed += page.messages.length + messages.length;
      yield { messages: [...page.messages, ...messages], nextLink: "more" };
    }
    if (++reading === windows.length) resolve();
    await everybodyRead;
    yield { messages: [] };
  };
  const { archive, of, fetch, stored } = await world({ from: START, to: START + 3_600_000 }, {}, pages);
  await archive.commit(
    of,
    [],
    windows.map((window) => ({ ...window, ...NO_COUNTS, state: "pending", runId: "r" })),
    await Array.fromAsync(archive.windows(of)),
  );
  const bring = async (window: TimeWindow): Promise<void> => {
    while ((await fetch(window, NEVER)).status !== "done");
  };
  await Promise.all(windows.map(bring));
  expect(reading).toBeGreaterThanOrEqual(windows.length);
  expect(await stored()).toEqual(everything);
  const packs = await Array.fromAsync(archive.packs(of));
  expect(packs.reduce((sum, pack) => sum + pack.versions, 0)).toBe(messages.length);
  expect(packs.reduce((sum, pack) => sum + pack.messages, 0)).toBe(messages.length);
  const rows = await Array.fromAsync(archive.windows(of));
  expect(rows.reduce((sum, { added }) => sum + added, 0)).toBe(messages.length);
  expect(rows.reduce((sum, { seen }) => sum + seen, 0)).toBe(handed);
  expect(rows.reduce((sum, { unchanged }) => sum + unchanged, 0)).toBe(handed - messages.length);
});

test("what Graph handed out once is kept when another window brings some of it meanwhile, and nothing is read again", async () => {
  const whole = { from: START, to: START + 3_600_000 };
  const later = { from: whole.to, to: whole.to + 3_600_000 };
  const once = { ...messageAt(99, START + 1_000), etag: "0" };
  const first = Promise.withResolvers<undefined>();
  const second = Promise.withResolvers<undefined>();
  let readings = 0;
  const pages: MessageSource["pages"] = async function* (...asked) {
    if (asked[2].from === later.from) {
      yield { messages: messages.slice(0, 20) };
      return;
    }
    yield { messages: readings++ === 0 ? [once, ...messages] : messages, nextLink: "more" };
    first.resolve(undefined);
    await second.promise;
    yield { messages: [] };
  };
  const { archive, of, fetch, stored } = await world(whole, {}, pages);
  await archive.commit(of, [], [{ ...later, ...NO_COUNTS, state: "pending", runId: "r" }]);
  const overtaken = fetch(whole, NEVER);
  await first.promise;
  expect(await fetch(later, NEVER)).toMatchObject({ status: "done" });
  second.resolve(undefined);
  expect(await overtaken).toEqual({ status: "done", result: { rest: [] } });
  expect(readings).toBe(1);
  expect(await stored()).toEqual([...everything, 99]);
  const packs = await Array.fromAsync(archive.packs(of));
  expect(packs.reduce((sum, { versions }) => sum + versions, 0)).toBe(61);
  expect(packs.reduce((sum, pack) => sum + pack.messages, 0)).toBe(61);
  expect(await archive.window(of, whole.from, whole.to)).toMatchObject({ seen: 61, added: 41, unchanged: 20 });
});

test("one that cannot be halved keeps its place and goes on there; a stale place begins it again", async () => {
  const source = { from: START, to: START + 1_500 };
  const { archive, of, fetch } = await world(source, { nextLink: "stale" });
  expect(await fetch(source, 0)).toEqual({ status: "again" });
  expect((await archive.window(of, source.from, source.to))?.nextLink).toBeUndefined();
  expect(await fetch(source, NEVER)).toEqual({ status: "done", result: { rest: [] } });
});

test("one that cannot be halved says each time that it got on, until everything is there once", async () => {
  const source = { from: START, to: START + 1_500 };
  const crowd = everything.map((n) => messageAt(n, START + n));
  const { fetch, stored } = await world(source, {}, pagesOf(crowd));
  const steps = [];
  for (let count = 0; count < 9; count++) steps.push(await fetch(source, 0));
  const on = { status: "again", progress: true };
  expect(steps).toEqual([...Array.from({ length: 8 }, () => on), { status: "done", result: { rest: [] } }]);
  expect(await stored()).toEqual(everything);
});

test("a window that nobody planned, and whose halves nobody has, is a failure and not an end", async () => {
  const { fetch } = await world({ from: START, to: START + 1_000 });
  expect(await fetch({ from: START, to: START + 3_600_000 }, NEVER)).toEqual({
    status: "failed",
    code: "backup.window_lost",
  });
});

test("a long window of many pages is read by several readers, and few pages twice", async () => {
  let [open, most, seen] = [0, 0, 0];
  const slowly: MessageSource["pages"] = async function* (...asked) {
    most = Math.max(most, (open += 1));
    try {
      for await (const page of pagesOf(many)(...asked)) {
        await delay(5);
        seen += page.messages.length;
        yield page;
      }
    } finally {
      open -= 1;
    }
  };
  const { archive, of, fetch, stored } = await world(year, {}, slowly);
  expect(await fetch(year, NEVER)).toEqual({ status: "done", result: { rest: [] } });
  expect(most).toBe(4);
  expect(await stored()).toEqual(many.map((_, n) => n));
  const windows = await Array.fromAsync(archive.windows(of));
  expect(covers(windows, year)).toBe(true);
  const sums = windows.map(({ seen, added, unchanged }) => [seen, added, unchanged]);
  expect(sums.reduce((a, b) => a.map((sum, place) => sum + (b[place] ?? 0)))).toEqual([seen, 700, seen - 700]);
  expect(seen - 700).toBeLessThan(8 * 7);
});

test("a window of few pages reads no more than two of them twice, however they are spread", async () => {
  const few = Array.from({ length: 100 }, (_, n) => messageAt(n, START + n * 12 * 3_600_000));
  let seen = 0;
  const counted: MessageSource["pages"] = async function* (...asked) {
    for await (const page of pagesOf(few)(...asked)) {
      await delay(2);
      seen += page.messages.length;
      yield page;
    }
  };
  const { fetch, stored } = await world(year, {}, counted);
  expect(await fetch(year, NEVER)).toMatchObject({ status: "done" });
  expect(await stored()).toEqual(few.map(({ id }) => Number(id)));
  expect(seen - few.length).toBeLessThanOrEqual(3 * 7);
});

test("what was read to its end before a failure stays: only the rest is fetched again", async () => {
  const fewAtFirst = [...many.slice(0, 20), ...many.slice(200)];
  let broken = true;
  const failing: MessageSource["pages"] = async function* (organization, user, window, options) {
    let pages = 0;
    for await (const page of pagesOf(fewAtFirst)(organization, user, window, options)) {
      await delay(2);
      if (broken && (pages += 1) > 10) throw new AppError("unavailable", "graph.unavailable", "gone");
      yield page;
    }
  };
  const { archive, of, fetch, stored } = await world(year, {}, failing);
  const step = await fetch(year, NEVER);
  if (step.status !== "done") throw new Error(step.status);
  expect(step.result.rest.length).toBeGreaterThan(0);
  expect(Math.min(...step.result.rest.map(({ from }) => from))).toBeGreaterThan(START);
  expect(await fetch(year, NEVER)).toEqual(step);
  broken = false;
  for (const window of step.result.rest) expect(await fetch(window, NEVER)).toMatchObject({ status: "done" });
  expect(await stored()).toEqual(fewAtFirst.map(({ id }) => Number(id)));
  const windows = await Array.fromAsync(archive.windows(of));
  expect(windows.every(({ state }) => state === "done")).toBe(true);
  expect(covers(windows, year)).toBe(true);
});

test("a window that fails before anything of it was read to its end stays as it is, and its next try waits", async () => {
  const failing: MessageSource["pages"] = async function* (...asked) {
    for await (const page of pagesOf(many)(...asked)) {
      yield page;
      if (asked[2].from > START) throw new AppError("unavailable", "graph.unavailable", "gone");
      await delay(2);
    }
  };
  const { archive, of, fetch } = await world(year, {}, failing);
  await expect(fetch(year, NEVER)).rejects.toMatchObject({ code: "graph.unavailable" });
  const [window, ...others] = await Array.fromAsync(archive.windows(of));
  expect([window?.from, window?.to, window?.state, others]).toEqual([year.from, year.to, "pending", []]);
  expect(window?.added).toBeGreaterThan(0);
});

test("what no retry mends ends the window, which stays to be done", async () => {
  const refusing: MessageSource["pages"] = async function* () {
    await Promise.resolve();
    yield { messages: many.slice(0, 7), nextLink: "7" };
    throw new AppError("forbidden", "billing.payment_required", "pay");
  };
  const { archive, of, fetch } = await world(year, {}, refusing);
  await expect(fetch(year, NEVER)).rejects.toMatchObject({ code: "billing.payment_required" });
  const windows = await Array.fromAsync(archive.windows(of));
  expect(windows.every(({ state, nextLink }) => state === "pending" && nextLink === undefined)).toBe(true);
  expect(covers(windows, year)).toBe(true);
});

test("a link that breaks in the middle is a failure, which waits, and no reason to cut", async () => {
  const breaking: MessageSource["pages"] = async function* () {
    await Promise.resolve();
    yield { messages: many.slice(0, 7), nextLink: "7" };
    throw new AppError("unavailable", "graph.next_link_refused", "users//");
  };
  const short = { from: START, to: START + DAY };
  const { archive, of, fetch } = await world(short, {}, breaking);
  await expect(fetch(short, NEVER)).rejects.toMatchObject({ code: "graph.next_link_refused" });
  expect(await Array.fromAsync(archive.windows(of))).toMatchObject([{ ...short, state: "pending" }]);
});

test("a run counts what it brought itself, not what an earlier one brought of the same window", async () => {
  let pages = 0;
  const failing: MessageSource["pages"] = async function* (...asked) {
    for await (const page of pagesOf(messages)(...asked)) {
      if ((pages += 1) === 4) throw new AppError("forbidden", "billing.payment_required", "pay");
      yield page;
    }
  };
  const { archive, of, fetch } = await world(hour, {}, failing);
  await expect(fetch(hour, NEVER)).rejects.toMatchObject({ code: "billing.payment_required" });
  expect(await Array.fromAsync(archive.windows(of))).toMatchObject([{ runId: "r", seen: 21, added: 21 }]);
  await fetch(hour, NEVER, "later");
  expect(await Array.fromAsync(archive.windows(of))).toMatchObject([
    { runId: "later", seen: 60, added: 39, unchanged: 21, state: "done" },
  ]);
});

test("of two that fetch the same window at once, one brings it in", async () => {
  const slowly: MessageSource["pages"] = async function* (...asked) {
    for await (const page of pagesOf(messages)(...asked)) {
      await delay(Math.random() * 20);
      yield page;
    }
  };
  const { archive, of, fetch, stored } = await world(hour, {}, slowly);
  const steps = await Promise.all([fetch(hour, NEVER), fetch(hour, NEVER)]);
  expect(steps.map(({ status }) => status).sort()).toEqual(["again", "done"]);
  expect(await fetch(hour, NEVER)).toEqual({ status: "done", result: { rest: [] } });
  expect(await stored()).toEqual(everything);
  expect(await Array.fromAsync(archive.windows(of))).toMatchObject([{ added: 60, state: "done" }]);
  const packs = await Array.fromAsync(archive.packs(of));
  expect(packs.reduce((sum, pack) => sum + pack.versions, 0)).toBe(60);
  expect((await Array.fromAsync(archive.changes(of))).flatMap(({ added }) => added)).toHaveLength(packs.length);
});

test.each([
  ["new", { added: 60, unchanged: 0 }],
  ["known", { added: 0, unchanged: 60 }],
] as const)(
  "of two that fetch a window at once, one that would cut it leaves alone what the other brought: %s",
  async (kind, counts) => {
    const other = Promise.withResolvers<void>();
    let commits = 0;
    const { archive, of, fetch, stored } = await world(hour, {}, pagesOf(messages), ({ archive }) => ({
      archive: {
        ...archive,
        async commit(...given) {
          if (commits++ === 0) await other.promise;
          await archive.commit(...given);
        },
      },
    }));
    if (kind === "known") {
      commits = 1;
      await fetch(hour, NEVER);
      await archive.commit(of, [], [{ ...NO_COUNTS, ...hour, state: "pending", runId: "late" }]);
      commits = 0;
    }
    const cut = fetch(hour, 0, "late");
    while (commits === 0) await delay(5);
    expect(await fetch(hour, NEVER, "late")).toEqual({ status: "done", result: { rest: [] } });
    other.resolve();
    expect(await cut).toEqual({ status: "again" });
    expect(await stored()).toEqual(everything);
    expect(await Array.fromAsync(archive.windows(of))).toMatchObject([{ ...hour, seen: 60, ...counts, state: "done" }]);
  },
);

test("a window that is cut where pieces of it were read in the same run forgets nothing that was counted of these", async () => {
  const half = { from: START + 1_800_000, to: hour.to };
  const { archive, of, fetch, stored } = await world(hour);
  await archive.commit(of, [], [{ ...NO_COUNTS, ...half, state: "pending", runId: "r" }]);
  expect(await fetch(half, NEVER)).toEqual({ status: "done", result: { rest: [] } });
  const halves = await fetch(hour, 0);
  const rest = halves.status === "done" ? halves.result.rest : [];
  expect(rest).toEqual([{ from: START, to: half.from }, half]);
  for (const window of rest) expect(await fetch(window, NEVER)).toEqual({ status: "done", result: { rest: [] } });
  expect(await stored()).toEqual(everything);
  const rows = await Array.fromAsync(archive.windows(of));
  expect(rows.map(({ state }) => state)).toEqual(["done", "done"]);
  expect(rows.reduce((sum, { added }) => sum + added, 0)).toBe(60);
});
