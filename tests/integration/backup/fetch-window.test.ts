import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { createArchiveReader, readPack } from "../../../shared/archive/archive-reader.ts";
import { NO_COUNTS, type WindowRow } from "../../../shared/archive/archive-store.ts";
import { packName } from "../../../shared/archive/blob-names.ts";
import { chatKey } from "../../../shared/archive/chat-key.ts";
import { fetchWindow, type FetchWindowDeps } from "../../../shared/backup/fetch-window.ts";
import type { MessageSource } from "../../../shared/backup/message-source.ts";
import { covers, type TimeWindow } from "../../../shared/backup/plan-windows.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { hashId, newId } from "../../../shared/platform/new-id.ts";
import { archiveTables } from "../../../shared/storage/archive-tables.ts";
import { chatTables } from "../../../shared/storage/chat-tables.ts";
import { contentTables } from "../../../shared/storage/content-tables.ts";
import { organizationBlobs } from "../../../shared/storage/organization-blobs.ts";
import { KILLED } from "../../support/dying.ts";
import { ownStorage } from "../../support/own-storage.ts";

const clients = ownStorage();

const START = Date.UTC(2026, 0, 1);
const NEVER = Number.POSITIVE_INFINITY;
const messageAt = (id: number, instant: number) => {
  const at = new Date(instant).toISOString();
  return { chatId: "19:a@thread.v2", id: String(id), etag: "1", createdDateTime: at, lastModifiedDateTime: at };
};
const messages = Array.from({ length: 60 }, (_, n) => messageAt(n, START + n * 60_000));

/** Pages of seven in the order of a shuffled pack, by window; a nextLink is the offset. */
const pagesOf = (messages: readonly ReturnType<typeof messageAt>[]): MessageSource["pages"] =>
  async function* (_organization, _user, { from, to }, { nextLink = "0" } = {}) {
    if (nextLink === "stale") throw new AppError("conflict", "graph.next_link_refused", "stale");
    const found = messages
      .filter(({ lastModifiedDateTime: at }) => Date.parse(at) >= from && Date.parse(at) < to)
      .sort((a, b) => Number((BigInt(a.id) * 37n) % 61n) - Number((BigInt(b.id) * 37n) % 61n));
    for (let offset = Number(nextLink); offset < found.length || offset === 0; offset += 7) {
      const next = offset + 7 < found.length ? { nextLink: String(offset + 7) } : {};
      yield await Promise.resolve({ messages: found.slice(offset, offset + 7), ...next });
    }
  };

async function world(
  window: TimeWindow,
  more: { nextLink?: string; begunAt?: number } = {},
  pages = pagesOf(messages),
  over: (stored: Pick<FetchWindowDeps, "archive" | "contents">) => Partial<FetchWindowDeps> = () => ({}),
) {
  const of = { organizationId: newId(Date.now()), accountId: hashId(newId(Date.now())) };
  const blobs = organizationBlobs(clients.blobs);
  const archive = archiveTables(clients.table("archive"), blobs);
  const contents = contentTables(clients.table("contents"), clients.table("pendingContents"), blobs);
  const deps: FetchWindowDeps = {
    archive,
    contents,
    messages: { pages },
    directory: chatTables(clients.table("chats"), clients.table("directory")),
    accounts: { graphId: () => Promise.resolve("user"), unknown: () => Promise.resolve([]), async *active() {} },
    now: Date.now,
    ...over({ archive, contents }),
  };
  await archive.commit(
    of,
    [],
    [{ ...window, state: "pending", runId: "r", seen: 0, added: 0, unchanged: 0, malformed: 0, ...more }],
  );
  const fetch = (one: TimeWindow, deadline: number, runId = "r") =>
    fetchWindow(deps, { ...of, runId, window: one }, deadline);
  const stored = async () => {
    const all = { from: 0, to: Date.UTC(2100, 0) };
    const versions = await Array.fromAsync(createArchiveReader(archive).versions(of.organizationId, of.accountId, all));
    return versions.map(({ id }) => Number(id)).sort((a, b) => a - b);
  };
  return { of, archive, contents, fetch, stored };
}
const everything = messages.map((_, n) => n);

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

const DAY = 86_400_000;
const year = { from: START, to: START + 366 * DAY };
const many = Array.from({ length: 700 }, (_, n) => messageAt(n, START + n * 12 * 3_600_000));

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
  const hour = { from: START, to: START + 3_600_000 };
  const { archive, of, fetch } = await world(hour, {}, failing);
  await expect(fetch(hour, NEVER)).rejects.toMatchObject({ code: "billing.payment_required" });
  expect(await Array.fromAsync(archive.windows(of))).toMatchObject([{ runId: "r", seen: 21, added: 21 }]);
  await fetch(hour, NEVER, "later");
  expect(await Array.fromAsync(archive.windows(of))).toMatchObject([
    { runId: "later", seen: 60, added: 39, unchanged: 21, state: "done" },
  ]);
});

test("of two that fetch the same window at once, one brings it in", async () => {
  const hour = { from: START, to: START + 3_600_000 };
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
    const hour = { from: START, to: START + 3_600_000 };
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
  const hour = { from: START, to: START + 3_600_000 };
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

/** Changes of this hour to messages of so many months, each of which is a pack of its own. */
const ofManyMonths = Array.from({ length: 100 }, (_, n) => ({
  ...messageAt(n, START + n * 1_000),
  createdDateTime: new Date(Date.UTC(2015, n, 2)).toISOString(),
}));
const ofOtherTimes = ofManyMonths.map((one, n) => {
  const { lastModifiedDateTime } = messageAt(n, START + 9 * DAY + n * 1_000);
  return { ...one, id: String(n + 1_000), lastModifiedDateTime };
});
const dense = { from: START, to: START + 3_600_000 };

/** A world whose window is `dense`, and whose transactions may have company. */
async function denseWorld(
  pages: MessageSource["pages"],
  company: (client: ReturnType<typeof clients.table>) => void = () => undefined,
) {
  const client = clients.table("archive");
  company(client);
  const archive = archiveTables(client, organizationBlobs(clients.blobs));
  const made = await world(dense, {}, pages, () => ({ archive }));
  return {
    ...made,
    /** Sums of all packs and of all windows. */
    async sums() {
      const packs = await Array.fromAsync(made.archive.packs(made.of));
      const rows = await Array.fromAsync(made.archive.windows(made.of));
      const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
      return {
        versions: sum(packs.map(({ versions }) => versions)),
        messages: sum(packs.map(({ messages }) => messages)),
        seen: sum(rows.map(({ seen }) => seen)),
        added: sum(rows.map(({ added }) => added)),
        unchanged: sum(rows.map(({ unchanged }) => unchanged)),
      };
    },
  };
}

test.each([
  ["rows of times of their own", 1, [messageAt(500, dense.to + 1_000)], 0],
  ["rows that nobody else has", 1, [messageAt(500, START + 9 * DAY)], 0],
  ["some of the same rows", 1, ofManyMonths.slice(60, 70), 10],
  ["all of the same rows that are left", 2, ofManyMonths.slice(80), 20],
])(
  "between the transactions of a commit of many packs somebody brings %s, and everything is counted once",
  async (_, place, theirs, same) => {
    const other = { from: dense.to, to: dense.to + 3_600_000 };
    let [handed, transactions] = [0, 0];
    const pages: MessageSource["pages"] = async function* (organization, user, window, options) {
      const found = pagesOf(ofManyMonths)(organization, user, window, options);
      for await (const page of window.from === other.from ? [{ messages: theirs }] : found) {
        handed += page.messages.length;
        yield page;
      }
    };
    const { archive, of, fetch, stored, sums } = await denseWorld(pages, (client) => {
      const send = client.submitTransaction.bind(client);
      client.submitTransaction = async (...given) => {
        const answer = await send(...given);
        const isOfPacks = given[0].some(([, { rowKey }]) => rowKey.startsWith("p|"));
        if (isOfPacks && ++transactions === place) expect(await fetch(other, NEVER)).toMatchObject({ status: "done" });
        return answer;
      };
    });
    await archive.commit(of, [], [{ ...other, ...NO_COUNTS, state: "pending", runId: "r" }]);
    expect(await fetch(dense, NEVER)).toMatchObject({ status: "done" });
    expect(transactions).toBeGreaterThan(place);
    const wanted = ofManyMonths.length + theirs.length - same;
    expect(await stored()).toHaveLength(wanted);
    expect(await sums()).toEqual({
      versions: wanted,
      messages: wanted,
      seen: handed,
      added: wanted,
      unchanged: handed - wanted,
    });
  },
);

test("of two that fetch a window of many packs at once, each counts what it makes visible", async () => {
  const { fetch, sums } = await denseWorld(pagesOf(ofManyMonths));
  await Promise.all([fetch(dense, NEVER), fetch(dense, NEVER)]);
  while ((await fetch(dense, NEVER)).status !== "done");
  expect(await sums()).toMatchObject({ versions: 100, messages: 100, added: 100 });
});

/** Windows that earlier runs read while what changed in `dense` changed. */
const disturbedBy = (count: number): WindowRow[] =>
  Array.from({ length: count }, (_, n) => {
    const from = Date.UTC(2015, 1) + n * DAY;
    return { ...NO_COUNTS, from, to: from + DAY, readAt: START + 60_000, state: "done", runId: "earlier" };
  });

test.each([
  ["many packs", ofManyMonths, 0],
  ["many packs, some of them of other times", [...ofManyMonths.slice(0, 30), ...ofOtherTimes.slice(0, 60)], 0],
  ["many packs, and windows that were disturbed", ofManyMonths, 3],
  ["packs, and many windows that were disturbed", ofManyMonths.slice(0, 30), 150],
])(
  "a process that dies between the transactions of a commit of %s leaves nothing uncounted, and nothing that was disturbed unanswered",
  async (_, all, others) => {
    const pages: MessageSource["pages"] = async function* () {
      yield await Promise.resolve({ messages: all });
    };
    let kills = 0;
    for (let place = 1; kills === place - 1; place++) {
      let left = Number.POSITIVE_INFINITY;
      const { archive, of, fetch, stored, sums } = await denseWorld(pages, (client) => {
        const [send, get] = [client.submitTransaction.bind(client), client.getEntity.bind(client)];
        client.submitTransaction = async (...given) => {
          const answer = await send(...given);
          if (--left === 0) throw KILLED;
          return answer;
        };
        client.getEntity = (...given) => (left === 0 ? Promise.reject(KILLED) : get(...given));
      });
      await archive.commit(of, [], disturbedBy(others));
      left = place;
      if ((await fetch(dense, NEVER).catch(() => "killed")) === "killed") kills += 1;
      left = Number.POSITIVE_INFINITY;
      const repeat = await fetch(dense, NEVER);
      if (repeat.status !== "done") throw new Error(repeat.status);
      expect(repeat.result.rest).toHaveLength(others);
      expect(await stored()).toHaveLength(all.length);
      const { seen, ...rest } = await sums();
      expect(rest).toEqual({
        versions: all.length,
        messages: all.length,
        added: all.length,
        unchanged: seen - all.length,
      });
      const rows = await Array.fromAsync(archive.windows(of));
      expect(rows.filter(({ state }) => state === "pending")).toHaveLength(others);
    }
    expect(kills).toBeGreaterThan(1);
  },
);

const down = new AppError("unavailable", "storage.unavailable", "down");

test("a pack that storage refuses takes no finished stretch with it: nothing of the window is committed", async () => {
  const body = "x".repeat(400_000);
  const heavy = Array.from({ length: 60 }, (_, n) => ({ ...messageAt(n, START + n * 6 * DAY), body }));
  let isDown = true;
  const { archive, of, fetch, stored } = await world(
    year,
    {},
    pagesOf(heavy.map((one) => ({ ...one, createdDateTime: heavy[0]?.createdDateTime ?? "" }))),
    (real) => ({
      archive: {
        ...real.archive,
        putPack: (...given) => (isDown ? ((isDown = false), Promise.reject(down)) : real.archive.putPack(...given)),
      },
    }),
  );
  await expect(fetch(year, NEVER)).rejects.toBe(down);
  expect(await Array.fromAsync(archive.packs(of))).toEqual([]);
  expect(await Array.fromAsync(archive.windows(of))).toMatchObject([{ ...year, state: "pending" }]);
  expect(await fetch(year, NEVER)).toMatchObject({ status: "done" });
  expect(await stored()).toEqual(heavy.map(({ id }) => Number(id)));
});

test.each([1, 2])(
  "messages are not archived without the rows of their contents, told a chat in one go (%i)",
  async (nth) => {
    const url = "https://contoso.sharepoint.com/x.txt";
    const attachments = [{ id: "a", contentType: "reference", contentUrl: url, name: "x.txt" }];
    const sharing = Array.from({ length: 510 }, (_, n) => ({ ...messageAt(n, START + n * 1_000), attachments }));
    const hour = { from: START, to: START + 3_600_000 };
    let calls = 0;
    const { of, contents, fetch, stored } = await world(hour, {}, pagesOf(sharing), (real) => ({
      contents: {
        ...real.contents,
        add: (...given) => ((calls += 1) === nth ? Promise.reject(down) : real.contents.add(...given)),
      },
    }));
    await expect(fetch(hour, NEVER)).rejects.toBe(down);
    expect(await stored()).toEqual([]);
    expect(await fetch(hour, NEVER)).toMatchObject({ status: "done" });
    expect(calls).toBe(nth + 2);
    expect(await stored()).toHaveLength(sharing.length);
    const rows = contents.ofChat(of.organizationId, chatKey("19:a@thread.v2"));
    expect(await Array.fromAsync(rows, ({ state }) => state)).toEqual(sharing.map(() => "pending"));
  },
);

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
const hour = { from: START, to: START + 3_600_000 };

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
