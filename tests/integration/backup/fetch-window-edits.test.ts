import { expect, test } from "vitest";
import { NO_COUNTS, type ArchiveStore } from "../../../shared/archive/archive-store.ts";
import { ownStorage } from "../../support/own-storage.ts";
import { DAY, messageAt, messages, NEVER, pagesOf, START, windowWorld } from "../../support/one-window.ts";

const world = windowWorld(ownStorage());

const HOUR = 3_600_000;
const first = { from: START, to: START + 2 * HOUR };
const second = { from: first.to, to: first.to + HOUR };
/** Made in the first window, changed in the second. */
const edited = {
  ...messageAt(3, START + 3 * 60_000),
  etag: "2",
  lastModifiedDateTime: new Date(second.from).toISOString(),
};

/** Reads the first window and then the second, at these times; answers the packs by what they count, and how many were opened for the
 * second. */
async function readBoth(before: readonly ReturnType<typeof messageAt>[], times: readonly [number, number]) {
  let [now, opened] = [times[0], 0];
  let given = before;
  const { archive, of, fetch } = await world(
    first,
    {},
    (...asked) => pagesOf(given)(...asked),
    (stored) => ({ now: () => now, archive: counting(stored.archive, () => (opened += 1)) }),
  );
  expect(await fetch(first, NEVER)).toEqual({ status: "done", result: { rest: [] } });
  [now, opened, given] = [times[1], 0, [edited]];
  await archive.commit(of, [], [{ ...NO_COUNTS, ...second, state: "pending", runId: "r" }]);
  expect(await fetch(second, NEVER)).toEqual({ status: "done", result: { rest: [] } });
  const packs = await Array.fromAsync(archive.packs(of));
  return { opened, counts: packs.map((pack) => [pack.versions, pack.messages]).sort(([a = 0], [b = 0]) => b - a) };
}

const counting = (archive: ArchiveStore, opened: () => void): ArchiveStore => ({
  ...archive,
  openPack: async (...asked) => (opened(), await archive.openPack(...asked)),
});

test("an edit is counted as one, however long after its window the message was archived", async () => {
  for (const times of [
    [first.to + HOUR, second.to],
    [first.to + 6 * DAY, second.to + 6 * DAY],
    [first.to + 6 * DAY, second.to + 400 * DAY],
  ] as const)
    expect((await readBoth(messages, times)).counts, String(times)).toEqual([
      [60, 60],
      [1, 0],
    ]);
});

test("in a backup of what is long past no pack is opened for the sake of edits: Graph gives each message once", async () => {
  const others = messages.filter(({ id }) => id !== edited.id);
  const long = START + 400 * DAY;
  expect(await readBoth(others, [long, long])).toEqual({
    opened: 0,
    counts: [
      [59, 59],
      [1, 1],
    ],
  });
});
