import { afterAll, beforeAll, expect, test } from "vitest";
import { type Azurite, startAzurite } from "../../../local/azurite.ts";
import { createArchiveReader } from "../../../shared/archive/archive-reader.ts";
import { fetchWindow, type FetchWindowDeps } from "../../../shared/backup/fetch-window.ts";
import type { MessageSource } from "../../../shared/backup/message-source.ts";
import type { TimeWindow } from "../../../shared/backup/plan-windows.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { hashId, newId } from "../../../shared/platform/new-id.ts";
import { Secret } from "../../../shared/platform/secret.ts";
import { archiveTables } from "../../../shared/storage/archive-tables.ts";
import { type StorageClients, storageClients } from "../../../shared/storage/clients.ts";
import { contentTables } from "../../../shared/storage/content-tables.ts";
import { organizationBlobs } from "../../../shared/storage/organization-blobs.ts";

let azurite: Azurite;
let clients: StorageClients;

beforeAll(async () => {
  azurite = await startAzurite();
  clients = storageClients({ kind: "connectionString", connectionString: new Secret(azurite.connectionString) });
});
afterAll(() => azurite.stop());

const START = Date.UTC(2026, 0, 1);
const NEVER = Number.POSITIVE_INFINITY;
const messages = Array.from({ length: 60 }, (_, n) => {
  const at = new Date(START + n * 60_000).toISOString();
  return { chatId: "19:a@thread.v2", id: String(n), etag: "1", createdDateTime: at, lastModifiedDateTime: at };
});

/** Pages of seven in the order of a shuffled pack, by window; a nextLink is the offset. */
const source: MessageSource = {
  async *pages(_organization, _user, { from, to }, { nextLink = "0" } = {}) {
    if (nextLink === "stale") throw new AppError("conflict", "graph.next_link_refused", "stale");
    const found = messages
      .filter(({ lastModifiedDateTime: at }) => Date.parse(at) >= from && Date.parse(at) < to)
      .sort((a, b) => Number((BigInt(a.id) * 37n) % 61n) - Number((BigInt(b.id) * 37n) % 61n));
    for (let offset = Number(nextLink); offset < found.length || offset === 0; offset += 7) {
      const next = offset + 7 < found.length ? { nextLink: String(offset + 7) } : {};
      yield await Promise.resolve({ messages: found.slice(offset, offset + 7), ...next });
    }
  },
};

async function world(window: TimeWindow, more: { nextLink?: string } = {}) {
  const of = { organizationId: newId(Date.now()), accountId: hashId(newId(Date.now())) };
  const blobs = organizationBlobs(clients.blobs);
  const archive = archiveTables(clients.table("archive"), blobs);
  const deps: FetchWindowDeps = {
    archive,
    messages: source,
    contents: contentTables(clients.table("contents"), clients.table("pendingContents"), blobs),
    accounts: { graphId: () => Promise.resolve("user"), unknown: () => Promise.resolve([]), async *active() {} },
    now: Date.now,
  };
  await archive.commit(
    of,
    [],
    [{ ...window, state: "pending", runId: "r", seen: 0, added: 0, unchanged: 0, malformed: 0, ...more }],
  );
  const fetch = (one: TimeWindow, deadline: number) => fetchWindow(deps, { ...of, runId: "r", window: one }, deadline);
  const stored = async () => {
    const all = { from: 0, to: Date.UTC(2100, 0) };
    const versions = await Array.fromAsync(createArchiveReader(archive).versions(of.organizationId, of.accountId, all));
    return versions.map(({ id }) => Number(id)).sort((a, b) => a - b);
  };
  return { of, archive, fetch, stored };
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
    splits += step.result.halves.length > 0 ? 1 : 0;
    expect(await fetch(window, 0)).toEqual(step);
    queue.push(...step.result.halves);
  }
  expect(splits).toBeGreaterThan(3);
  expect(await stored()).toEqual(everything);
  const windows = await Array.fromAsync(archive.windows(of));
  expect(windows.every(({ state }) => state === "done")).toBe(true);
  expect(windows.reduce((sum, { added }) => sum + added, 0)).toBe(messages.length);
  const packs = await Array.fromAsync(archive.packs(of));
  expect(packs.reduce((sum, pack) => sum + pack.messages, 0)).toBe(messages.length);
});

test("one that cannot be halved keeps its place and goes on there; a stale place begins it again", async () => {
  const source = { from: START, to: START + 1_500 };
  const { archive, of, fetch } = await world(source, { nextLink: "stale" });
  expect(await fetch(source, 0)).toEqual({ status: "again" });
  expect((await archive.window(of, source.from, source.to))?.nextLink).toBeUndefined();
  expect(await fetch(source, NEVER)).toEqual({ status: "done", result: { halves: [] } });
});

test("a window that nobody planned, and whose halves nobody has, is a failure and not an end", async () => {
  const { fetch } = await world({ from: START, to: START + 1_000 });
  expect(await fetch({ from: START, to: START + 3_600_000 }, NEVER)).toEqual({
    status: "failed",
    code: "backup.window_lost",
  });
});
