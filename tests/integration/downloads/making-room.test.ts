import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { buildPart } from "../../../shared/downloads/build-part.ts";
import { inRoomToZip, makingRoom } from "../../../shared/downloads/making-room.ts";
import { openSets } from "../../../shared/downloads/open-sets.ts";
import { renderSet } from "../../../shared/downloads/render-set.ts";
import { type DownloadPlace, downloadWorld, message, startDownloadPlace } from "../../support/download-world.ts";

let place: DownloadPlace;
beforeAll(async () => {
  place = await startDownloadPlace();
});
afterAll(() => place.azurite.stop());
afterEach(() => void vi.restoreAllMocks());

/** More than there is. */
const ALL = Number.MAX_SAFE_INTEGER;

async function planned() {
  const world = downloadWorld(place);
  await place.archive.addMessages(world.of, [message(1), message(2)]);
  const { id: downloadId } = await world.ask({ attachments: false });
  const of = { organizationId: world.organizationId, downloadId, set: 0 };
  await openSets(world.deps, { ...of, next: 0 });
  return { ...world, of };
}

test("what a process makes for one download waits for what it makes for others", async () => {
  const { deps, of } = await planned();
  const other = await planned();
  const log: string[] = [];
  const told = async <T>(name: string, work: Promise<T>): Promise<T> => {
    const result = await work;
    log.push(name);
    return result;
  };
  const makeOther = async (name: string) => {
    await renderSet(other.deps, other.of);
    await told(name, buildPart(other.deps, { ...other.of, part: 1 }));
  };

  let leave = await deps.room.take(ALL);
  const rendered = told("rendered", renderSet(deps, of));
  await makeOther("other");
  leave();
  expect(await rendered).toEqual({ status: "done", result: { parts: 1 } });

  leave = await deps.room.take(ALL);
  const built = told("built", buildPart(deps, { ...of, part: 1 }));
  await makeOther("other again");
  leave();
  expect(await built).toEqual({ status: "done", result: { isWritten: true } });
  expect(log).toEqual(["other", "rendered", "other again", "built"]);
});

test("what gets no room in time writes nothing and is called again", async () => {
  const { deps, of, blobs } = await planned();
  const timeout = vi.spyOn(AbortSignal, "timeout").mockImplementation(() => AbortSignal.abort());
  const leave = await deps.room.take(ALL);
  expect(await renderSet(deps, of)).toEqual({ status: "again" });
  expect(await blobs(of.downloadId)).toEqual([]);
  leave();
  await renderSet(deps, of);
  const stay = await deps.room.take(ALL);
  expect(await buildPart(deps, { ...of, part: 1 })).toEqual({ status: "again" });
  expect((await blobs(of.downloadId)).filter((name) => name.endsWith(".zip"))).toEqual([]);
  stay();
  expect(await buildPart(deps, { ...of, part: 1 })).toEqual({ status: "done", result: { isWritten: true } });
  for (const [ms] of timeout.mock.calls) expect(ms).toBeLessThan(60_000);
});

test.each([
  [65_000, 1],
  [20_000, 2],
  [0, 3],
])("of zips with %i entries %i at once are written", async (names, most) => {
  const room = makingRoom();
  let [now, peak] = [0, 0];
  const zip = async () => {
    peak = Math.max(peak, ++now);
    await new Promise(setImmediate);
    now -= 1;
  };
  await Promise.all(Array.from({ length: 10 }, () => inRoomToZip(room, names, zip)));
  expect(peak).toBe(most);
});
