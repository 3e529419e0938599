import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { buildPart } from "../../../shared/downloads/build-part.ts";
import { finishDownload } from "../../../shared/downloads/close-download.ts";
import type { DownloadResource } from "../../../shared/downloads/download.contract.ts";
import { missingTexts } from "../../../shared/downloads/missing-texts.ts";
import { openSets } from "../../../shared/downloads/open-sets.ts";
import type { PackageStore } from "../../../shared/downloads/package-store.ts";
import { renderSet } from "../../../shared/downloads/render-set.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { call, digests, ended, startWorld } from "../../support/download-host.ts";
import {
  type DownloadPlace,
  downloadWorld,
  file,
  message,
  noise,
  rows,
  startDownloadPlace,
} from "../../support/download-world.ts";
import { readZip, sha256 } from "../../support/zip-files.ts";

let place: DownloadPlace;
beforeAll(async () => {
  place = await startDownloadPlace();
});
afterAll(() => place.azurite.stop());

/** A download of one file set in two zips, planned and rendered. */
async function rendered() {
  const world = downloadWorld(place);
  const large = [1, 2].map((id) => message(id, { attachments: [file(`${id}.bin`)] }));
  await place.archive.addMessages(world.of, large);
  for (const raw of large)
    await place.archive.addContents(world.organizationId, raw, [{ bytes: noise(`${raw["id"]}`, 600_000) }]);
  const undisturbed = await world.zips(await world.run({}));
  const { id: downloadId } = await world.ask({});
  const of = { organizationId: world.organizationId, downloadId, set: 0 };
  await openSets(world.deps, { ...of, next: 0 });
  await renderSet(world.deps, of);
  const spooled = async (kind: string) => {
    const names = await world.blobs(`${downloadId}/spool/`);
    return names.find((name) => name.endsWith(kind)) ?? "no such blob";
  };
  /** Writes both zips, rendering again where that is asked for, and ends the download. */
  const finish = async () => {
    for (const part of [1, 2]) {
      const first = await buildPart(world.deps, { ...of, part });
      if (first.status === "done" && first.result.isWritten) continue;
      await renderSet(world.deps, of);
      expect(await buildPart(world.deps, { ...of, part })).toEqual({ status: "done", result: { isWritten: true } });
    }
    await finishDownload(world.deps, { ...of, codes: [] });
    return world.zips(downloadId);
  };
  return { ...world, downloadId, set: of, spooled, finish, undisturbed: undisturbed.map(sha256) };
}

test.each([
  ["is gone", undefined],
  ["ends early", (bytes: Buffer) => bytes.subarray(0, bytes.length - 40)],
  ["is empty", () => Buffer.alloc(0)],
  ["holds other bytes", (bytes: Buffer) => Buffer.alloc(bytes.length, "x")],
])("a file set of which a spooled blob %s is rendered again, and its zips come out the same", async (_, spoil) => {
  for (const kind of [".index", ".documents"]) {
    const { organizationId, deps, spooled, finish, undisturbed, show, downloadId } = await rendered();
    const name = await spooled(kind);
    const bytes = Buffer.concat(await (await deps.packages.open(organizationId, name)).toArray());
    if (spoil) await deps.packages.put(organizationId, name, Readable.from([spoil(bytes)]), "x");
    else await deps.packages.removeAll(organizationId, name);
    expect((await finish()).map(sha256), kind).toEqual(undisturbed);
    expect(await show(downloadId)).toMatchObject({ status: "Ready", missing: [] });
  }
});

test.each([
  ["gone", () => undefined],
  ["damaged", (bytes: Buffer) => Buffer.concat([Buffer.from("x"), bytes.subarray(1)])],
])(
  "a content that is %s when zips are written is told of in all of them, and in its messages' mails",
  async (code, spoil) => {
    const world = downloadWorld(place);
    const { organizationId, deps, run, show, zips } = world;
    const messages = [1, 2, 3, 4].map((id) => message(id, { attachments: [file(`${id % 3}.bin`)] }));
    const bytes = (id: number) => noise(`${id % 3}`, 600_000);
    await place.archive.addMessages(world.of, messages);
    for (const [at, raw] of messages.entries())
      await place.archive.addContents(organizationId, raw, [{ bytes: bytes(at + 1) }]);
    const lost = sha256(bytes(1));
    const { contents } = deps;
    const open: typeof contents.open = async (...which) => {
      if (which[1] !== lost) return contents.open(...which);
      const spoilt = spoil(bytes(1));
      if (spoilt) return Readable.from([spoilt.subarray(which[2] ?? 0)]);
      throw new AppError("not_found", "storage.not_found", "gone");
    };
    const whole = await zips(await run({ format: "eml" }));
    Object.assign(deps, { contents: { ...contents, open } });
    const [csv, eml] = [await run({}), await run({ format: "eml" })];
    for (const downloadId of [csv, eml]) {
      const shown = await show(downloadId);
      expect(shown).toMatchObject({ status: "Partial", missing: [{ code, count: 2 }] });
      expect(shown.parts.every(({ name }) => name.startsWith("PARTIAL "))).toBe(true);
      const parts = await Promise.all((await zips(downloadId)).map(readZip));
      expect(parts.length).toBeGreaterThan(1);
      const manifests = parts.map((entries) => JSON.parse(entries.get("manifest.json")?.toString() ?? ""));
      expect(manifests.map(({ partial, setCounts }) => [partial, setCounts.missing])).toEqual(
        parts.map(() => [true, 2]),
      );
      const listed = parts.flatMap((entries) => (entries.has("MISSING.csv") ? rows(entries, "MISSING.csv") : []));
      expect(listed.map((row) => [row["messageId"], row["reason"]])).toEqual(
        [messages[0], messages[3]].map((raw) => [raw?.["id"], code]),
      );
      const held = parts.flatMap((entries) => [...entries.keys()].filter((name) => name.startsWith("Attachments/")));
      expect(held).toHaveLength(code === "gone" ? 2 : 3);
    }
    const mails = (await Promise.all((await zips(eml)).map(readZip))).flatMap((entries) => [...entries]);
    const told = mails.filter(
      ([name, text]) => name.endsWith(".eml") && text.toString().includes(`Missing: 1.bin (${code})`),
    );
    expect(told).toHaveLength(2);
    const cells = (await Promise.all((await zips(csv)).map(readZip))).flatMap((entries) =>
      entries.has("messages.csv") ? rows(entries) : [],
    );
    expect(cells.map((row) => row["attachments"]?.includes(`(missing: ${code})`))).toEqual([true, false, false, true]);
    expect(whole.length).toBeGreaterThan(1);
  },
);

test("what a zip is made from is closed when the store fails on it", async () => {
  const world = downloadWorld(place, { partBytes: 50_000_000 });
  const { organizationId, deps } = world;
  const large = message(1, { attachments: [file("1.bin")] });
  await place.archive.addMessages(world.of, [large]);
  await place.archive.addContents(organizationId, large, [{ bytes: noise("large", 20_000_000) }]);
  const of = { organizationId, downloadId: (await world.ask({})).id, set: 0 };
  await openSets(deps, { ...of, next: 0 });
  await renderSet(deps, of);
  const opened: Readable[] = [];
  const open = async (...which: Parameters<typeof deps.contents.open>) => {
    const stream = await deps.contents.open(...which);
    opened.push(stream);
    return stream;
  };
  const failed = new AppError("unavailable", "storage.unavailable", "down");
  const packages: PackageStore = {
    ...deps.packages,
    put: async (_organization, _name, content) => {
      content.read(1);
      await vi.waitUntil(() => opened.length > 0);
      throw failed;
    },
  };
  const contents = { ...deps.contents, open };
  await expect(buildPart({ ...deps, packages, contents }, { ...of, part: 1 })).rejects.toBe(failed);
  await vi.waitUntil(() => opened.every((stream) => stream.closed));
});

test("a store that fails while a zip waits for its next bytes is the only failure there is", async () => {
  const { organizationId, deps, ask, of: account } = downloadWorld(place, { partBytes: 50_000_000 });
  const large = message(1, { attachments: [file("1.bin")] });
  await place.archive.addMessages(account, [large]);
  await place.archive.addContents(organizationId, large, [{ bytes: noise("large", 20_000_000) }]);
  const of = { organizationId, downloadId: (await ask({})).id, set: 0 };
  await openSets(deps, { ...of, next: 0 });
  await renderSet(deps, of);
  const failed = new AppError("unavailable", "storage.unavailable", "down");
  const [opened, handed] = [Promise.withResolvers<Readable>(), Promise.withResolvers<Readable>()];
  const open: typeof deps.contents.open = () => {
    const silent = new Readable({ read: () => undefined });
    opened.resolve(silent);
    return Promise.resolve(silent);
  };
  const packages: PackageStore = {
    ...deps.packages,
    put: async (_organization, _name, content) => {
      handed.resolve(content);
      content.resume();
      await opened.promise;
      await setTimeout(50);
      throw failed;
    },
  };
  const contents = { ...deps.contents, open };
  await expect(buildPart({ ...deps, packages, contents }, { ...of, part: 1 })).rejects.toBe(failed);
  (await opened.promise).destroy();
  const content = await handed.promise;
  await vi.waitUntil(() => content.closed);
  expect(content.errored).toBeNull();
});

test("what another release laid out in another way is rendered again, and none of its zips stays", async () => {
  const { organizationId, deps, set, spooled, finish, undisturbed } = await rendered();
  const name = await spooled(".index");
  const index = Buffer.concat(await (await deps.packages.open(organizationId, name)).toArray()).toString();
  const theirs = index.replace(/\{"end":.*\}\n$/, `{"end":"${sha256(Buffer.from("another layout"))}"}\n`);
  await deps.packages.put(organizationId, name, Readable.from([Buffer.from(theirs)]), "x");
  const known = await deps.downloads.set(organizationId, set.downloadId, set.set);
  if (!known?.value.rendered) throw new Error("not rendered");
  const digest = sha256(Buffer.from(theirs));
  const rendering = { ...known.value.rendered, digest };
  await deps.downloads.replaceSet(organizationId, set.downloadId, known, { ...known.value, rendered: rendering });
  const zip = { set: 0, digest, number: 1, blob: "theirs", bytes: 1, sha256: digest, lost: [] };
  await deps.downloads.addZip(organizationId, set.downloadId, zip);
  expect(await buildPart(deps, { ...set, part: 2 })).toEqual({ status: "done", result: { isWritten: false } });
  await renderSet(deps, set);
  expect((await finish()).map(sha256)).toEqual(undisturbed);
});

test("zips that are written stay when the same is rendered again", async () => {
  const { organizationId, deps, set, spooled, finish, undisturbed } = await rendered();
  await buildPart(deps, { ...set, part: 1 });
  const before = await Array.fromAsync(deps.downloads.zips(organizationId, set.downloadId));
  await deps.packages.removeAll(organizationId, await spooled(".index"));
  expect((await finish()).map(sha256)).toEqual(undisturbed);
  expect(await Array.fromAsync(deps.downloads.zips(organizationId, set.downloadId))).toEqual([
    ...before,
    expect.objectContaining({ number: 2 }),
  ]);
});

test("zips of one file set all tell of the same moment, though it was rendered again after the archive grew", async () => {
  const { organizationId, of, deps, set, spooled, finish, show, downloadId } = await rendered();
  await buildPart(deps, { ...set, part: 1 });
  await place.archive.addMessages(of, [message(3)]);
  await deps.packages.removeAll(organizationId, await spooled(".index"));
  await buildPart(deps, { ...set, part: 2 });
  expect((await show(downloadId)).parts.map(({ number }) => number)).toEqual([1]);
  await renderSet(deps, set);
  expect((await show(downloadId)).parts).toEqual([]);
  const parts = await Promise.all((await finish()).map(readZip));
  expect(parts.map((entries) => JSON.parse(entries.get("manifest.json")?.toString() ?? "").setCounts.messages)).toEqual(
    [3, 3],
  );
  const texts = parts.flatMap((entries) => rows(entries).map((row) => row["text"]?.split("\n")[0]));
  expect(texts).toEqual([1, 2, 3].map((n) => `message ${n}`));
  expect((await show(downloadId)).parts).toHaveLength(2);
});

test("a build goes on when spools vanish under it, and ends when they always do", async () => {
  const { organizationId, accounts, start } = await startWorld();
  const list = `organizations/${organizationId}/downloads`;
  const ask = {
    accountIds: accounts.slice(0, 1),
    format: "csv",
    attachments: false,
    from: "2026-01-01",
    to: "2026-01-20",
  };
  const build = async (losses: number) => {
    const host = await start({ LOSE_SPOOLS: `${losses}` });
    const { body } = await call<DownloadResource>(host, "POST", list, ask);
    const shown = await ended(host, `${list}/${body.id}`);
    const bytes = shown.status === "Failed" ? [] : await digests(host, `${list}/${body.id}`);
    await host.stop();
    return { shown, bytes };
  };
  const undisturbed = await build(0);
  const disturbed = await build(3);
  expect(disturbed.shown).toMatchObject({ status: "Ready", missing: [] });
  expect(disturbed.bytes).toEqual(undisturbed.bytes);
  expect((await build(Number.POSITIVE_INFINITY)).shown).toMatchObject({
    status: "Failed",
    missing: [{ code: "download.spool_lost", count: 2, ...missingTexts["download.spool_lost"] }],
  });
}, 180_000);
