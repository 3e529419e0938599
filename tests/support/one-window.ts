import { createArchiveReader } from "../../shared/archive/archive-reader.ts";
import { NO_COUNTS } from "../../shared/archive/archive-store.ts";
import { fetchWindow, type FetchWindowDeps } from "../../shared/backup/fetch-window.ts";
import type { MessageSource } from "../../shared/backup/message-source.ts";
import type { TimeWindow } from "../../shared/backup/plan-windows.ts";
import { AppError } from "../../shared/platform/errors.ts";
import { hashId, newId } from "../../shared/platform/new-id.ts";
import { archiveTables } from "../../shared/storage/archive-tables.ts";
import { chatTables } from "../../shared/storage/chat-tables.ts";
import { contentTables } from "../../shared/storage/content-tables.ts";
import { organizationBlobs } from "../../shared/storage/organization-blobs.ts";
import type { StorageClients } from "../../shared/storage/clients.ts";

export const START = Date.UTC(2026, 0, 1);
export const NEVER = Number.POSITIVE_INFINITY;
export const messageAt = (id: number, instant: number) => {
  const at = new Date(instant).toISOString();
  return { chatId: "19:a@thread.v2", id: String(id), etag: "1", createdDateTime: at, lastModifiedDateTime: at };
};
export const messages = Array.from({ length: 60 }, (_, n) => messageAt(n, START + n * 60_000));

/** Pages of seven in the order of a shuffled pack, by window; a nextLink is the offset. */
export const pagesOf = (messages: readonly ReturnType<typeof messageAt>[]): MessageSource["pages"] =>
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

/** Ids of all of them. */
export const everything = messages.map((_, n) => n);
/** The first hour, which has them all. */
export const hour = { from: START, to: START + 3_600_000 };

export const DAY = 86_400_000;
export const year = { from: START, to: START + 366 * DAY };
/** Two a day of `year`. */
export const many = Array.from({ length: 700 }, (_, n) => messageAt(n, START + n * 12 * 3_600_000));

/** An archive with one window of an account, pending in run `r`, and its fetching. `over`: other parts, made from those over storage. */
export const windowWorld =
  (clients: StorageClients) =>
  async (
    window: TimeWindow,
    more: { nextLink?: string; begunAt?: number } = {},
    pages = pagesOf(messages),
    over: (stored: Pick<FetchWindowDeps, "archive" | "contents">) => Partial<FetchWindowDeps> = () => ({}),
  ) => {
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
    await archive.commit(of, [], [{ ...NO_COUNTS, ...window, state: "pending", runId: "r", ...more }]);
    const fetch = (one: TimeWindow, deadline: number, runId = "r") =>
      fetchWindow(deps, { ...of, runId, window: one }, deadline);
    const stored = async () => {
      const all = { from: 0, to: Date.UTC(2100, 0) };
      const versions = await Array.fromAsync(
        createArchiveReader(archive).versions(of.organizationId, of.accountId, all),
      );
      return versions.map(({ id }) => Number(id)).sort((a, b) => a - b);
    };
    return { of, archive, contents, fetch, stored };
  };
