import { expect, test } from "vitest";
import { type WindowRow, NO_COUNTS } from "../../../shared/archive/archive-store.ts";
import { chatKey } from "../../../shared/archive/chat-key.ts";
import type { MessageSource } from "../../../shared/backup/message-source.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { archiveTables } from "../../../shared/storage/archive-tables.ts";
import { organizationBlobs } from "../../../shared/storage/organization-blobs.ts";
import { KILLED } from "../../support/dying.ts";
import { ownStorage } from "../../support/own-storage.ts";
import { DAY, hour, messageAt, NEVER, pagesOf, START, windowWorld, year } from "../../support/one-window.ts";

const clients = ownStorage();
const world = windowWorld(clients);

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
      expect(repeat.result.rest).toHaveLength(Math.min(others, 100));
      expect(repeat.result.more ?? false, "named by `openWindows`").toBe(others > 100);
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
