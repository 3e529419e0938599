import { endingOf } from "../../functions/runtime/activity.ts";
import { compactPacks } from "../../shared/archive/compact-packs.ts";
import { createArchiveReader } from "../../shared/archive/archive-reader.ts";
import type { ArchiveStore } from "../../shared/archive/archive-store.ts";
import type { MessageVersion } from "../../shared/archive/version.ts";
import { fetchWindow, type FetchWindowDeps } from "../../shared/backup/fetch-window.ts";
import { openWindows } from "../../shared/backup/open-windows.ts";
import type { TimeWindow } from "../../shared/backup/plan-windows.ts";
import { beginRun, closeAccount, finishRun, type RunAccountsDeps } from "../../shared/backup/run-accounts.ts";
import type { RunAccount } from "../../shared/backup/run-store.ts";
import { sealAccount } from "../../shared/backup/seal-account.ts";
import type { Step } from "../../shared/platform/activity.contract.ts";
import { forEachParallel } from "../../shared/platform/for-each-parallel.ts";
import { hashId, newId } from "../../shared/platform/new-id.ts";
import type { Instant } from "../../shared/platform/time.ts";
import { archiveTables } from "../../shared/storage/archive-tables.ts";
import type { StorageClients } from "../../shared/storage/clients.ts";
import { chatTables } from "../../shared/storage/chat-tables.ts";
import { contentTables } from "../../shared/storage/content-tables.ts";
import { organizationBlobs } from "../../shared/storage/organization-blobs.ts";
import { runTables } from "../../shared/storage/run-tables.ts";
import { oneTenant } from "./one-tenant.ts";

const HOUR = 3_600_000;
const WINDOWS_AT_ONCE = 4;
/** No activity here ends for want of time before this. */
export const NEVER: Instant = Date.UTC(9000, 0);

type Deps = FetchWindowDeps & RunAccountsDeps & { readonly overlapMs: number };

/** What goes wrong while runs run. */
export interface Mishaps {
  /** Comes before and after each write of the archive; may throw, as a host that goes down would end it there. */
  atWrite(): void;
  /** Whether an activity that has ended is executed once more. */
  isRepeated(): boolean;
  /** How far the clock of the service is from the tenant's, in ms. */
  skew(): number;
  /** When the time of an activity that begins now is over. */
  deadline(now: Instant): Instant;
}

export const NONE: Mishaps = {
  atWrite: () => undefined,
  isRepeated: () => false,
  skew: () => 0,
  deadline: () => NEVER,
};

/** One account and the chats that it takes part in, at a time of its own. Runs call the activities of a backup in the order of
 * the orchestrations, over real storage. `disturb` puts troubles, or another export, between the activities and what they work
 * with. */
export function oneAccount(
  clients: StorageClients,
  start: Instant,
  mishaps: Mishaps = NONE,
  disturb: (deps: Deps) => Deps = (deps) => deps,
  organizationId = newId(start),
) {
  let now = start;
  const ours = () => now + mishaps.skew();
  const tenant = oneTenant(
    () => now,
    () => now++,
  );
  const of = { organizationId, accountId: hashId(newId(start)) };
  const blobs = organizationBlobs(clients.blobs);
  const archive = archiveTables(clients.table("archive"), blobs);
  const runs = runTables(
    { runs: clients.table("runs"), backups: clients.table("backups"), runAccounts: clients.table("runAccounts") },
    ours,
  );
  const deps = disturb({
    archive: disturbed(archive, mishaps),
    runs,
    messages: { pages: tenant.pages },
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
    isUnpaid: () => Promise.resolve(false),
    countUsage: () => Promise.resolve(),
    overlapMs: 48 * HOUR,
    now: ours,
  });
  const end = async <T>(activity: () => Promise<Step<T>>): Promise<Ending<T>> => {
    const ending = await ended(activity);
    return mishaps.isRepeated() ? ended(activity) : ending;
  };

  let last = { ...of, runId: "" };

  return {
    of,
    archive,
    runs,
    ...tenant,
    /** What Graph says. */
    messages: deps.messages,
    accounts: deps.accounts,
    /** A late repeat of what an activity of the last run did. */
    closeAgain: () => closeAccount(deps, { ...last, codes: [] }),
    lastRun: () => last.runId,
    reader: createArchiveReader(archive),
    now: () => now,
    pass: (ms: number) => void (now += ms),
    async versions(): Promise<MessageVersion[]> {
      const all = { from: 0, to: Date.UTC(2100, 0) };
      return Array.fromAsync(createArchiveReader(archive).versions(of.organizationId, of.accountId, all));
    },
    /** One run now; answers what came of the account. An activity that throws what may pass is called again. */
    async run(): Promise<RunAccount> {
      const { organizationId } = of;
      now += 1;
      await runs.request(organizationId, []);
      const begun = await end(() => beginRun(deps, of));
      if (begun.status === "failed" || begun.result.runId === null) throw new Error("nothing to run");
      const { runId } = begun.result;
      const inRun = { ...of, runId };
      last = inRun;
      const codes: string[] = [];
      const opened = await end(() => openWindows(deps, inRun));
      if (opened.status === "failed") codes.push(opened.code);
      let windows = opened.status === "done" ? opened.result.windows : [];
      while (windows.length > 0) {
        const rest: TimeWindow[] = [];
        await forEachParallel(windows, WINDOWS_AT_ONCE, async (window) => {
          const step = await end(() => fetchWindow(deps, { ...inRun, window }, mishaps.deadline(ours())));
          if (step.status === "done") rest.push(...step.result.rest);
          else codes.push(step.code);
        });
        windows = rest;
      }
      const compacted = await end(() => compactPacks(deps, inRun, NEVER));
      if (compacted.status === "failed") codes.push(compacted.code);
      await end(() => closeAccount(deps, { ...inRun, codes }));
      await end(() => sealAccount(deps, inRun));
      await end(() => finishRun(deps, { organizationId, runId, codes: [] }));
      const account = await runs.account(organizationId, runId, of.accountId);
      if (!account) throw new Error("no account");
      return account;
    },
  };
}

export type OneAccount = ReturnType<typeof oneAccount>;

type Ending<T> = Extract<Step<T>, { status: "done" | "failed" }>;

async function ended<T>(activity: () => Promise<Step<T>>): Promise<Ending<T>> {
  for (;;) {
    const step = await activity().catch((error: unknown): Step<T> => {
      const ending = endingOf(error);
      if (!ending) throw error;
      return ending.status === "trouble" ? { status: "again" } : ending;
    });
    if (step.status === "done" || step.status === "failed") return step;
    if (step.status !== "again") throw new Error(`An activity ended as ${JSON.stringify(step)}.`);
  }
}

function disturbed(archive: ArchiveStore, mishaps: Mishaps): ArchiveStore {
  const around = async <T>(write: () => Promise<T>): Promise<T> => {
    mishaps.atWrite();
    const answer = await write();
    mishaps.atWrite();
    return answer;
  };
  return {
    ...archive,
    putPack: (...given) => around(() => archive.putPack(...given)),
    putPackStream: (...given) => around(() => archive.putPackStream(...given)),
    commit: (...given) => around(() => archive.commit(...given)),
    replacePacks: (...given) => around(() => archive.replacePacks(...given)),
    forgetChanges: (...given) => around(() => archive.forgetChanges(...given)),
    putManifest: (...given) => around(() => archive.putManifest(...given)),
    putTotals: (...given) => around(() => archive.putTotals(...given)),
  };
}
