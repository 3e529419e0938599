import { rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DownloadResource } from "../../../shared/downloads/download.contract.ts";
import { openSets } from "../../../shared/downloads/open-sets.ts";
import { renderSet } from "../../../shared/downloads/render-set.ts";
import { buildPart } from "../../../shared/downloads/build-part.ts";
import { resumeDownload } from "../../../shared/downloads/resume-download.ts";
import { call, digests, ended, startWorld } from "../../support/download-host.ts";
import { type DownloadPlace, downloadWorld, message, startDownloadPlace } from "../../support/download-world.ts";

const MINUTE = 60_000;
/** A host whose clock says that what was asked for just now was asked for long ago. */
const LATER = { CLOCK_AHEAD_MS: `${10 * MINUTE}` };
const ASK = { format: "csv", attachments: false, from: "2026-01-01", to: "2026-03-01" };

let place: DownloadPlace;
beforeAll(async () => {
  place = await startDownloadPlace();
});
afterAll(() => place.azurite.stop());

/** What the timer's look at every open download of an organization comes to: the downloads that it started. */
async function look({ organizationId, deps }: ReturnType<typeof downloadWorld>, answer: "started" | "running") {
  const started: string[] = [];
  for await (const open of deps.downloads.open()) {
    if (open.organizationId !== organizationId) continue;
    await resumeDownload(deps, open, () => {
      started.push(open.downloadId);
      return Promise.resolve(answer);
    });
  }
  return started;
}

test("a download whose hub is lost on the way is built to its end, from where it was", async () => {
  const { organizationId, accounts, stateDirectory, start, downloads } = await startWorld();
  const list = `organizations/${organizationId}/downloads`;
  let host = await start();
  const { body: asked } = await call<DownloadResource>(host, "POST", list, { ...ASK, accountIds: accounts });
  const path = `${list}/${asked.id}`;
  const shown = async () => (await call<DownloadResource>(host, "GET", path)).body.parts.length;
  await expect.poll(shown, { interval: 20, timeout: 20_000 }).toBeGreaterThan(0);
  await host.kill();
  const before = await Array.fromAsync(downloads.zips(organizationId, asked.id));
  await rm(stateDirectory, { recursive: true });
  host = await start(LATER);
  const done = await ended(host, path);
  expect(done).toMatchObject({ status: "Ready", progress: { done: 12, total: 12 }, missing: [] });
  expect(host.lines.filter((line) => line.includes("download.resumed"))).toHaveLength(1);
  const after = await Array.fromAsync(downloads.zips(organizationId, asked.id));
  expect(after).toEqual(expect.arrayContaining(before));
  const { body: again } = await call<DownloadResource>(host, "POST", list, { ...ASK, accountIds: accounts });
  await ended(host, `${list}/${again.id}`);
  expect(await digests(host, path)).toEqual(await digests(host, `${list}/${again.id}`));
  await host.stop();
}, 180_000);

test("a download whose orchestration was ended from outside, or never began, is built all the same", async () => {
  const { organizationId, accounts, start, ask } = await startWorld();
  const unbegun = await ask(Date.now() - 10 * MINUTE);
  const list = `organizations/${organizationId}/downloads`;
  let host = await start();
  expect(await ended(host, `${list}/${unbegun}`)).toMatchObject({ status: "Ready" });
  const { body: asked } = await call<DownloadResource>(host, "POST", list, { ...ASK, accountIds: accounts });
  await host.durable.post(`instances/download:${asked.id}/terminate?reason=x`);
  expect((await host.durable.ended(`download:${asked.id}`)).runtimeStatus).toBe("Terminated");
  await host.stop();
  host = await start(LATER);
  expect(await ended(host, `${list}/${asked.id}`)).toMatchObject({ status: "Ready" });
  await host.stop();
}, 180_000);

test("one that is being built is left alone, one just asked for too, and one that has ended is forgotten", async () => {
  const world = downloadWorld(place);
  const { id } = await world.ask({});
  expect(await look(world, "started")).toEqual([]);
  place.now += 10 * MINUTE;
  for (let n = 0; n < 50; n++) expect(await look(world, "running")).toEqual([id]);
  expect((await world.show(id)).status).toBe("Queued");
  await world.make(id);
  expect(await look(world, "started")).toEqual([]);
});

test("a resumed build makes what is not made yet", async () => {
  const world = downloadWorld(place, { windowDays: 10 });
  const { deps, organizationId } = world;
  await place.archive.addMessages(
    world.of,
    Array.from({ length: 40 }, (_, day) => message(day * 1_440)),
  );
  const { id: downloadId } = await world.ask({});
  const of = { organizationId, downloadId };
  expect(await openSets(deps, { ...of, next: 0 })).toEqual({ status: "done", result: { sets: [0, 1, 2, 3, 4] } });
  await renderSet(deps, { ...of, set: 0 });
  await renderSet(deps, { ...of, set: 2 });
  await buildPart(deps, { ...of, set: 2, part: 1 });
  expect(await openSets(deps, { ...of, next: 0 })).toEqual({ status: "done", result: { sets: [0, 1, 3, 4] } });
  expect(await openSets(deps, { ...of, next: 1 })).toEqual({ status: "done", result: { sets: [1, 3, 4] } });
});

test("a build that dies again and again ends as Failed and says why, or as Partial with what it made", async () => {
  const world = downloadWorld(place);
  const { deps, organizationId } = world;
  const nothing = await world.ask({});
  const half = await world.ask({});
  await place.archive.addMessages(world.of, [message(1)]);
  const of = { organizationId, downloadId: half.id, set: 0 };
  await openSets(deps, { ...of, next: 0 });
  await renderSet(deps, of);
  place.now += 10 * MINUTE;
  let looks = 0;
  while ((await look(world, "started")).length > 0) looks += 1;
  expect(looks).toBe(5);
  const missing = [{ code: "download.gave_up", count: 1 }];
  expect(await world.show(nothing.id)).toMatchObject({ status: "Failed", missing, progress: { percent: 100 } });
  expect(await world.show(half.id)).toMatchObject({ status: "Failed", missing });
  expect(await world.blobs(half.id)).toEqual([]);
});

test("a build that takes longer than a week ends, whatever its orchestration says", async () => {
  const world = downloadWorld(place, { windowDays: 30 });
  const { deps, organizationId } = world;
  await place.archive.addMessages(world.of, [message(1), message(45 * 1_440)]);
  const { id: downloadId } = await world.ask({});
  const of = { organizationId, downloadId, set: 0 };
  await openSets(deps, { ...of, next: 0 });
  await renderSet(deps, of);
  await buildPart(deps, { ...of, part: 1 });
  place.now += 8 * 24 * 60 * MINUTE;
  await look(world, "running");
  expect(await world.show(downloadId)).toMatchObject({
    status: "Partial",
    missing: [{ code: "download.gave_up", count: 1 }],
    parts: [{ number: 1 }],
  });
});
