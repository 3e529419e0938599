import { compactPacks } from "../../shared/archive/compact-packs.ts";
import { createArchiveReader } from "../../shared/archive/archive-reader.ts";
import type { MessageVersion } from "../../shared/archive/version.ts";
import type { RawMessage } from "../../shared/chats/message.ts";
import { fetchWindow, type FetchWindowDeps } from "../../shared/backup/fetch-window.ts";
import type { MessageSource } from "../../shared/backup/message-source.ts";
import { openWindows } from "../../shared/backup/open-windows.ts";
import type { TimeWindow } from "../../shared/backup/plan-windows.ts";
import { beginRun, closeAccount, finishRun, type RunAccountsDeps } from "../../shared/backup/run-accounts.ts";
import type { RunAccount } from "../../shared/backup/run-store.ts";
import { sealAccount } from "../../shared/backup/seal-account.ts";
import type { Step } from "../../shared/platform/activity.contract.ts";
import { forEachParallel } from "../../shared/platform/for-each-parallel.ts";
import { hashId, newId } from "../../shared/platform/new-id.ts";
import { type Instant, iso } from "../../shared/platform/time.ts";
import { archiveTables } from "../../shared/storage/archive-tables.ts";
import type { StorageClients } from "../../shared/storage/clients.ts";
import { chatTables } from "../../shared/storage/chat-tables.ts";
import { contentTables } from "../../shared/storage/content-tables.ts";
import { organizationBlobs } from "../../shared/storage/organization-blobs.ts";
import { runTables } from "../../shared/storage/run-tables.ts";

const HOUR = 3_600_000;
const PAGE = 50;
const WINDOWS_AT_ONCE = 4;

type Deps = FetchWindowDeps & RunAccountsDeps & { readonly overlapMs: number };

export interface Sent {
  readonly chatId: string;
  readonly id: string;
}

/** One account and the chats that it takes part in, at a time of its own. Runs call the activities of a backup in the order of
 * the orchestrations, over real storage. `disturb` puts troubles between the activities and what they work with. */
export function oneAccount(clients: StorageClients, start: Instant, disturb: (deps: Deps) => Deps = (deps) => deps) {
  let now = start;
  const current = new Map<string, RawMessage>();
  const sent: RawMessage[] = [];
  const put = (message: RawMessage & Sent): Sent => {
    current.set(`${message.chatId} ${message.id}`, message);
    sent.push(message);
    return { chatId: message.chatId, id: message.id };
  };
  const of = { organizationId: newId(start), accountId: hashId(newId(start)) };
  const blobs = organizationBlobs(clients.blobs);
  const archive = archiveTables(clients.table("archive"), blobs);
  const runs = runTables(
    { runs: clients.table("runs"), backups: clients.table("backups"), runAccounts: clients.table("runAccounts") },
    () => now,
  );
  const deps = disturb({
    archive,
    runs,
    messages: { pages: exported(current) },
    contents: contentTables(clients.table("contents"), clients.table("pendingContents"), blobs),
    directory: chatTables(clients.table("chats"), clients.table("directory")),
    accounts: {
      active: async function* () {
        yield await Promise.resolve(of.accountId);
      },
      graphId: () => Promise.resolve("user"),
      unknown: () => Promise.resolve([]),
    },
    standings: { of: () => Promise.resolve(undefined), left: () => Promise.resolve() },
    overlapMs: 48 * HOUR,
    now: () => now,
  });

  let last = { ...of, runId: "" };

  return {
    of,
    archive,
    runs,
    /** A late repeat of what an activity of the last run did. */
    closeAgain: () => closeAccount(deps, { ...last, codes: [] }),
    lastRun: () => last.runId,
    reader: createArchiveReader(archive),
    /** Every version that ever was, and those that Graph has now. */
    sent,
    present: () => [...current.values()],
    now: () => now,
    pass: (ms: number) => void (now += ms),
    /** Says something now. */
    send: (chatId: string, text: string): Sent => {
      const at = iso(now++);
      const id = String(now);
      const body = { contentType: "text", content: text };
      return put({ chatId, id, etag: id, createdDateTime: at, lastModifiedDateTime: at, body });
    },
    /** Changes something now. */
    edit: ({ chatId, id }: Sent, text: string): void => {
      const lastModifiedDateTime = iso(now++);
      const body = { contentType: "text", content: text };
      put({ ...current.get(`${chatId} ${id}`), chatId, id, etag: String(now), lastModifiedDateTime, body });
    },
    async versions(): Promise<MessageVersion[]> {
      const all = { from: 0, to: Date.UTC(2100, 0) };
      return Array.fromAsync(createArchiveReader(archive).versions(of.organizationId, of.accountId, all));
    },
    /** One run now; answers what came of the account. An activity that throws is called again. */
    async run(): Promise<RunAccount> {
      const { organizationId } = of;
      now += 1;
      await done(() => runs.request(organizationId, []).then(() => ({ status: "done", result: {} })));
      const { runId } = await done(() => beginRun(deps, of));
      if (runId === null) throw new Error("nothing to run");
      const inRun = { ...of, runId };
      last = inRun;
      let { windows } = await done(() => openWindows(deps, inRun));
      while (windows.length > 0) {
        const rest: TimeWindow[] = [];
        await forEachParallel(windows, WINDOWS_AT_ONCE, async (window) => {
          rest.push(...(await done(() => fetchWindow(deps, { ...inRun, window }, Number.POSITIVE_INFINITY))).rest);
        });
        windows = rest;
      }
      await done(() => compactPacks(deps, inRun, Number.POSITIVE_INFINITY));
      await done(() => closeAccount(deps, { ...inRun, codes: [] }));
      await done(() => sealAccount(deps, inRun));
      await done(() => finishRun(deps, { organizationId, runId, codes: [] }));
      const account = await runs.account(organizationId, runId, of.accountId);
      if (!account) throw new Error("no account");
      return account;
    },
  };
}

export type OneAccount = ReturnType<typeof oneAccount>;

/** Graph's export: of each message its present version alone, by its last change. */
const exported = (current: ReadonlyMap<string, RawMessage>): MessageSource["pages"] =>
  async function* (_organization, _user, { from, to }, { nextLink = "0" } = {}) {
    const found = [...current.values()].filter(({ lastModifiedDateTime }) => {
      const at = Date.parse(String(lastModifiedDateTime));
      return at >= from && at < to;
    });
    for (let start = Number(nextLink); start < found.length || start === 0; start += PAGE) {
      const next = start + PAGE < found.length ? { nextLink: String(start + PAGE) } : {};
      yield await Promise.resolve({ messages: found.slice(start, start + PAGE), ...next });
    }
  };

async function done<T>(activity: () => Promise<Step<T>>): Promise<T> {
  for (;;) {
    const step = await activity();
    if (step.status === "done") return step.result;
    if (step.status !== "again") throw new Error(`An activity ended as ${JSON.stringify(step)}.`);
  }
}
