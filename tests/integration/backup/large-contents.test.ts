import { createHash, randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SMALL_BYTES } from "../../../shared/archive/content-store.ts";
import { shareToken } from "../../../shared/graph/share-token.ts";
import { contentWorld, fileReference } from "../../support/content-world.ts";
import {
  type Answer,
  type Asked,
  json,
  raw,
  type ScriptedTenant,
  startScriptedTenant,
} from "../../support/scripted-tenant.ts";
import { scriptedSources } from "../graph/scripted-sources.ts";
import { ownStorage } from "../../support/own-storage.ts";

const MEBIBYTE = 1024 * 1024;
const url = "https://contoso-my.sharepoint.com/personal/anna/Documents/video.mp4";
const first = randomBytes(20 * MEBIBYTE + 5);
const second = randomBytes(20 * MEBIBYTE + 5);
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

const clients = ownStorage();
let tenant: ScriptedTenant;
beforeEach(async () => {
  tenant = await startScriptedTenant();
});
afterEach(() => tenant.stop());

const item = (size: number, cTag: string) => json({ name: "video.mp4", size, cTag, file: { mimeType: "video/mp4" } });

/** The host of a file: ranges and If-Range as RFC 9110 says. `headers` replace what an honest host would say. */
function serve(bytes: Buffer, tag: string | undefined, headers: Record<string, string | undefined> = {}): Answer {
  return ({ headers: asked }, response) => {
    const range = /bytes=(\d+)-/.exec(asked["range"] ?? "");
    const isSame = tag !== undefined && (asked["if-range"] ?? tag) === tag;
    const from = range && isSame ? Number(range[1]) : 0;
    const isPart = range !== null && isSame;
    if (from >= bytes.length) {
      response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end();
      return;
    }
    const all = {
      ...(tag === undefined ? {} : { etag: tag }),
      "content-length": String(bytes.length - from),
      ...(isPart ? { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
      ...(isPart ? {} : headers),
    };
    response.writeHead(isPart ? 206 : 200, Object.fromEntries(Object.entries(all).filter(([, value]) => value)));
    response.end(bytes.subarray(from));
  };
}

function offer(bytes: Buffer, version: string, answer: Answer = serve(bytes, `"${version}"`)): void {
  tenant.on("/driveItem", item(bytes.length, version));
  tenant.on("/content", (_, response) => void response.writeHead(302, { location: `${tenant.origin}/download` }).end());
  tenant.on("/download", answer);
}
const ranges = () =>
  tenant.asked.filter((asked) => asked.url.includes("/download")).map(({ headers }) => headers["range"]);

/** A stage whose activities end after so many looks at the clock, which are a few for each chunk. */
async function impatient(looks: number) {
  let clock = Date.now();
  const now = () => clock++;
  const world = contentWorld(clients, scriptedSources(tenant).contents, { now, deadline: () => clock + looks });
  await world.add("chat", "1", fileReference(url));
  return world;
}

async function patient(maxBytes?: number) {
  const world = contentWorld(clients, scriptedSources(tenant).contents, maxBytes === undefined ? {} : { maxBytes });
  await world.add("chat", "1", fileReference(url));
  return world;
}
type World = Awaited<ReturnType<typeof patient>>;

async function expectStored(world: World, bytes: Buffer): Promise<void> {
  const record = await world.record("chat", "1");
  expect(record).toMatchObject({ state: "stored", sha256: sha256(bytes), bytes: bytes.length, type: "video/mp4" });
  expect((await world.read(sha256(bytes))).equals(bytes)).toBe(true);
  expect(await world.names("uploads/")).toEqual([]);
  expect(await world.deps.uploads.find(world.organizationId, record ?? neverThere())).toBeUndefined();
}
const neverThere = (): never => {
  throw new Error("no record");
};

test("a file larger than memory allows comes by blocks and ends under the name of its hash", async () => {
  offer(first, "v1");
  const world = await patient();
  await world.run();
  await expectStored(world, first);
  expect(await world.record("chat", "1")).toMatchObject({ sourceVersion: "v1" });
});

test("activities whose time is up go on from the last staged block until the file is whole", async () => {
  offer(first, "v1");
  const world = await impatient(300);
  expect(await world.run()).toBeGreaterThan(3);
  await expectStored(world, first);
  const offsets = ranges().map((range) => Number(/\d+/.exec(range ?? "0")?.[0]));
  // Each goes on behind the one before: nothing is read twice.
  expect(new Set(offsets.slice(2)).size).toBe(offsets.length - 2);
  expect(offsets.slice(2).every((offset, at) => offset > (offsets[at + 1] ?? 0))).toBe(true);
});

test("what a process that died had staged is not read again, and the dead one comes too late", async () => {
  let stalled = 0;
  const stall: Answer = (_, response) => {
    response.writeHead(200, { etag: '"v1"', "content-length": String(first.length) });
    response.write(first.subarray(0, 17 * MEBIBYTE));
    stalled += 1;
  };
  // The first look finds that the file is large.
  offer(first, "v1", stall);
  const world = await patient();
  const dead = world.run("run");
  const record = (await world.record("chat", "1")) ?? neverThere();
  const offset = async () => (await world.deps.uploads.find(world.organizationId, record))?.offset;
  await expect.poll(offset, { timeout: 20_000 }).toBe(16 * MEBIBYTE);
  expect(stalled).toBe(2);
  tenant.on("/download", serve(first, '"v1"'));
  await world.run("run");
  await expectStored(world, first);
  expect(ranges()).toContain(`bytes=${16 * MEBIBYTE}-`);
  // The stalled connection goes, and with it the first worker's wait: it finds everything done.
  tenant.dropConnections();
  await dead;
  expect(await world.record("chat", "1")).toMatchObject({ state: "stored", sha256: sha256(first) });
  expect((await world.read(sha256(first))).equals(first)).toBe(true);
});

test("a source that changed between two activities is read anew, and no byte of the old one is kept", async () => {
  offer(first, "v1");
  const world = await impatient(300);
  await world.once("run");
  await world.once("run");
  const begun = await world.deps.uploads.find(world.organizationId, (await world.record("chat", "1")) ?? neverThere());
  expect(begun?.offset).toBeGreaterThan(0);
  offer(second, "v2");
  await world.run("run");
  await expectStored(world, second);
});

test.each([
  ["begins anew under If-Range", serve(second, '"v2"')],
  [
    "sends the rest of the new one",
    (asked: Asked, response: ServerResponse) =>
      serve(second, '"v2"')({ ...asked, headers: { ...asked.headers, "if-range": '"v2"' } }, response),
  ],
])("a file whose bytes alone changed between two activities is read anew where its host %s", async (_, changed) => {
  offer(first, "v1");
  const world = await impatient(300);
  await world.once("run");
  await world.once("run");
  tenant.on("/download", changed);
  await world.run("run");
  await expectStored(world, second);
  expect(ranges().filter((range) => range === undefined).length).toBeGreaterThan(2);
});

test.each([
  [-1, "announced"],
  [0, "announced"],
  [1, "announced"],
  [-1, "not announced"],
  [0, "not announced"],
  [1, "not announced"],
])("a file of 8 MB and %i bytes that are %s is whole, and goes by blocks only above 8 MB", async (more, length) => {
  const bytes = first.subarray(0, SMALL_BYTES + more);
  const headers = length === "announced" ? {} : { "content-length": undefined, "transfer-encoding": "chunked" };
  offer(bytes, "v1", serve(bytes, '"v1"', headers));
  const world = await patient();
  await world.run();
  await expectStored(world, bytes);
  // A large one is opened once to see that it is large, and once more to be read.
  expect(ranges()).toHaveLength(more > 0 ? 2 : 1);
});

test("a source that is another one at every look is a failure that ends the run", async () => {
  let version = 0;
  const other: Answer = (asked, response) => serve(first, `"${version++}"`)(asked, response);
  offer(first, "v1", other);
  const world = await impatient(300);
  await world.run("run");
  expect(await world.record("chat", "1")).toMatchObject({ state: "failed", reason: "content.changed", tries: 1 });
  expect(await world.counts("run", "chat")).toMatchObject({ failed: 1, pending: 0 });
});

test.each([
  ["tells too small a length", { "content-length": String(9 * MEBIBYTE) }],
  ["tells no length", { "content-length": undefined, "transfer-encoding": "chunked" }],
])("the whole file is there although its host %s", async (_, headers) => {
  const part: Answer = (asked, response) => {
    const isWhole = asked.headers["range"] !== undefined;
    serve(isWhole ? first : first.subarray(0, 9 * MEBIBYTE), '"v1"', isWhole ? {} : headers)(asked, response);
  };
  offer(first, "v1", part);
  const world = await impatient(300);
  await world.run();
  await expectStored(world, first);
});

test("a host that closes early and cannot go on is a failure, and the next try begins where blocks end", async () => {
  const cut: Answer = (asked, response) => {
    if (asked.headers["range"] !== undefined) response.writeHead(503).end();
    else {
      response.writeHead(200, { etag: '"v1"', "content-length": String(first.length) });
      response.write(first.subarray(0, 12 * MEBIBYTE), () => setTimeout(() => response.destroy(), 200));
    }
  };
  offer(first, "v1", cut);
  let clock = Date.now();
  const world = contentWorld(clients, scriptedSources(tenant).contents, { now: () => clock });
  await world.add("chat", "1", fileReference(url));
  await world.run("one");
  expect(await world.record("chat", "1")).toMatchObject({ state: "failed", tries: 1 });
  tenant.on("/download", serve(first, '"v1"'));
  clock += 24 * 3_600_000;
  await world.run("two");
  await expectStored(world, first);
  expect(ranges().at(-1)).toBe(`bytes=${8 * MEBIBYTE}-`);
});

test("a file without a tag is read in one go", async () => {
  offer(first, "v1", serve(first, undefined));
  const world = await patient();
  await world.run();
  await expectStored(world, first);
});

test("blocks that storage may have dropped are not gone on with, nor are those it did drop", async () => {
  let clock = Date.now();
  let looks = 0;
  offer(first, "v1");
  const deadline = () => clock + 300;
  const now = () => clock + looks++;
  const world = contentWorld(clients, scriptedSources(tenant).contents, { now, deadline });
  await world.add("chat", "1", fileReference(url));
  await world.once("run");
  looks = 0;
  await world.once("run");
  const record = (await world.record("chat", "1")) ?? neverThere();
  const begun = await world.deps.uploads.find(world.organizationId, record);
  expect(begun?.offset).toBeGreaterThan(0);
  const blob = clients.blobs
    .getContainerClient(`org-${world.organizationId}`)
    .getBlockBlobClient(`uploads/${begun?.uploadId}`);
  await blob.commitBlockList([]);
  for (let round = 0; round < 50 && (await world.record("chat", "1"))?.state === "pending"; round++) {
    looks = 0;
    await world.once("run");
  }
  await expectStored(world, first);
  clock += 7 * 24 * 3_600_000;
  await world.deps.uploads.begin(world.organizationId, record, {});
  clock += 7 * 24 * 3_600_000;
  expect(await world.deps.uploads.find(world.organizationId, record)).toBeUndefined();
});

test.each([
  ["announced", {}],
  ["found out on the way", { "content-length": undefined, "transfer-encoding": "chunked" }],
])("a file that is larger than the policy allows is skipped, %s, and nothing of it stays", async (_, headers) => {
  offer(first, "v1", serve(first, '"v1"', headers));
  const world = await patient(10 * MEBIBYTE);
  await world.run("run");
  expect(await world.record("chat", "1")).toMatchObject({ state: "failed", reason: "content.too_large" });
  expect(await world.counts("run", "chat")).toMatchObject({ skipped: 1, failed: 0 });
  expect(await world.names("")).toEqual([]);
});

test("small contents of a chat come before its large ones", async () => {
  offer(first, "v1");
  const token = shareToken(`${url}.txt`);
  tenant.on(`${token}/driveItem`, item(5, "s"));
  tenant.on(`${token}/driveItem/content`, raw("", 302, { location: `${tenant.origin}/small` }));
  tenant.on("/small", raw("small"));
  const world = await patient();
  await world.add("chat", "2", fileReference(`${url}.txt`));
  await world.run();
  const read = tenant.asked.map((asked) => asked.url).filter((path) => /^\/(small|download)/.test(path));
  expect(read).toEqual(["/download", "/small", "/download"]);
  expect(await world.record("chat", "2")).toMatchObject({ state: "stored", bytes: 5 });
});

test("a small one that waits in line until time is up is not failed, and comes with the next activity", async () => {
  offer(Buffer.from("small"), "v1");
  let isFull = true;
  const world = contentWorld(clients, scriptedSources(tenant).contents, {
    deadline: () => Date.now() + (isFull ? 300 : 60_000),
  });
  await world.add("chat", "1", fileReference(url));
  const leave = await world.deps.room.take(Number.POSITIVE_INFINITY);
  expect(await world.once("run")).toContainEqual({ status: "again" });
  expect(await world.record("chat", "1")).toMatchObject({ state: "pending" });
  leave();
  isFull = false;
  await world.run("run");
  await expectStored(world, Buffer.from("small"));
});
