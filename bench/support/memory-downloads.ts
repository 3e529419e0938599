import { explainMissing } from "../../functions/dependencies/explain-missing.ts";
import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import { createArchiveReader } from "../../shared/archive/archive-reader.ts";
import type { ArchiveStore, PackRow } from "../../shared/archive/archive-store.ts";
import type { ChatSnapshot, Person } from "../../shared/archive/chat-directory.ts";
import { encodePack, packLine } from "../../shared/archive/pack.ts";
import { monthOf, versionOf } from "../../shared/archive/version.ts";
import { buildPart } from "../../shared/downloads/build-part.ts";
import type { DownloadFormat } from "../../shared/downloads/download.contract.ts";
import type { Download, DownloadStore, FileSet } from "../../shared/downloads/download-store.ts";
import { makingRoom } from "../../shared/downloads/making-room.ts";
import type { PackageStore } from "../../shared/downloads/package-store.ts";
import { renderSet } from "../../shared/downloads/render-set.ts";
import { makeTenant } from "../../local/graph-simulator/tenant/tenant.ts";

export interface MemoryArchive {
  readonly packs: readonly { readonly row: PackRow; readonly bytes: Buffer }[];
  readonly chats: ReadonlyMap<string, ChatSnapshot>;
  readonly people: ReadonlyMap<string, Person>;
  readonly messages: number;
}

const from = Date.UTC(2016, 0, 1);
const to = Date.UTC(2027, 0, 1);

/** The packs of one account that takes part in all chats of a simulated tenant: every kind of message. */
export async function memoryArchive(messages: number): Promise<MemoryArchive> {
  const tenant = makeTenant({
    seed: "bench",
    sizes: { accounts: 25, messages, chats: 60, months: 6, bigAccount: 0, malformedCreatedDates: false },
    domain: "fabrikam.example",
    anchorMs: Date.UTC(2026, 2, 1),
    lagMs: 0,
    graphUrl: () => "https://graph.microsoft.com",
  });
  const versions = tenant.books.flatMap((book) =>
    Array.from(
      { length: book.length() },
      (_, at) => versionOf({ ...book.message(at, book.versions(at) - 1) }) ?? [],
    ).flat(),
  );
  const months = Map.groupBy(versions, (one) => monthOf(one.createdAt));
  const packs: { row: PackRow; bytes: Buffer }[] = [];
  for (const [month, held] of [...months].sort()) {
    const { bytes, sha256, summary } = await encodePack(held.map(packLine));
    packs.push({ bytes, row: { ...summary, month, sha256, bytes: bytes.length, messages: held.length, runId: "r" } });
  }
  const people = tenant.directory.accounts.map(({ id, displayName, userPrincipalName: address }) => ({
    id,
    ...(displayName === null ? {} : { name: displayName }),
    address,
  }));
  const known = new Map(people.map((person) => [person.id, person]));
  const chats = tenant.books.map(({ plan: { id, chatType, members } }): [string, ChatSnapshot] => [
    id,
    { chatId: id, type: chatType, members: members.map(({ person }) => known.get(person.id) ?? { id: person.id }) },
  ]);
  return { packs, chats: new Map(chats), people: known, messages: versions.length };
}

/** Makes the zips of a whole account as the app does, with stores in memory; answers how many bytes they have. */
export async function makeZips(archive: MemoryArchive, format: DownloadFormat): Promise<number> {
  const download = {
    ...{ id: "d", requestedAt: 0, requestedBy: "p", accountIds: ["a"], format, attachments: false, systemEvents: true },
    ...{ from, to, timeZone: "Europe/Berlin", windowDays: 90, partBytes: 1_000_000_000, failures: [] },
    status: "Queued",
  } satisfies Download;
  let set: FileSet = { set: 0, accountId: "a", from, to, expected: archive.messages };
  const blobs = new Map<string, Buffer>();
  const packages: Pick<PackageStore, "put" | "open"> = {
    put: async (_, name, content) => void blobs.set(name, await buffer(content)),
    open: (_, name, range) => {
      const { offset = 0, bytes } = range ?? {};
      const whole = blobs.get(name) ?? Buffer.alloc(0);
      const wanted = whole.subarray(offset, bytes === undefined ? undefined : offset + bytes);
      return Promise.resolve(Readable.from([wanted], { objectMode: false }));
    },
  };
  const downloads: Partial<DownloadStore> = {
    find: () => Promise.resolve({ value: download, etag: "" }),
    set: () => Promise.resolve({ value: set, etag: "" }),
    replaceSet: (_organization, _download, _known, next) => Promise.resolve(void (set = next)),
    noteRendered: () => Promise.resolve(),
    zip: () => Promise.resolve(undefined),
    addZip: () => Promise.resolve(true),
  };
  const store: Partial<ArchiveStore> = {
    async *packs(_, months) {
      for (const { row } of archive.packs)
        if (!months || (row.month >= months.from && row.month <= months.to)) yield row;
    },
    openPack: (_, { sha256 }) =>
      Promise.resolve(Readable.from([archive.packs.find(({ row }) => row.sha256 === sha256)?.bytes])),
    async *windows() {},
  };
  const deps = {
    downloads: downloads as DownloadStore,
    packages: packages as PackageStore,
    accounts: { find: () => Promise.resolve({ graphId: "g", displayName: "A", userPrincipalName: "a@x.test" }) },
    archive: createArchiveReader(store as ArchiveStore),
    contents: { ofMessage: () => Promise.resolve([]), open: () => Promise.reject(new Error("no contents")) },
    chats: {
      snapshotTimes: () => Promise.resolve([{ seenAt: 0, from: 0 }]),
      snapshotSeenAt: (_: string, chatId: string) => Promise.resolve(archive.chats.get(chatId)),
      chatIdOf: () => Promise.resolve(undefined),
      person: (_: string, id: string) => Promise.resolve(archive.people.get(id)),
    },
    version: "bench",
    explain: explainMissing,
    room: makingRoom(),
  };
  const of = { organizationId: "o", downloadId: "d", set: 0 };
  const rendered = await renderSet(deps, of);
  if (rendered.status !== "done") throw new Error("not rendered");
  for (let part = 1; part <= rendered.result.parts; part++) await buildPart(deps, { ...of, part });
  return [...blobs].filter(([name]) => name.endsWith(".zip")).reduce((sum, [, { length }]) => sum + length, 0);
}
