import type { AccountStore, AccountTotals, AccountTotalsSource } from "../../shared/accounts/account-store.ts";
import { gone, isBackedUp, READABLE_MS } from "../../shared/accounts/merge-user.ts";
import { visibleTotals } from "../../shared/archive/visible-totals.ts";
import { createArchiveReader } from "../../shared/archive/archive-reader.ts";
import type { ArchiveStore, ArchiveTotals } from "../../shared/archive/archive-store.ts";
import type { VisibleFrom } from "../../shared/archive/retention.ts";
import type { BackupAccounts } from "../../shared/backup/backup-accounts.ts";
import { withText } from "../../shared/backup/outcome-text.ts";
import type { RunAccountsDeps } from "../../shared/backup/run-accounts.ts";
import type { UserStandings } from "../../shared/backup/user-standing.ts";
import type { GraphSources } from "../../shared/graph/create-graph-sources.ts";
import { createRoom } from "../../shared/platform/room.ts";
import { remember } from "../../shared/platform/remember.ts";
import { AppError, isAppError } from "../../shared/platform/errors.ts";
import { type Instant, iso } from "../../shared/platform/time.ts";
import { archiveTables } from "../../shared/storage/archive-tables.ts";
import { chatTables } from "../../shared/storage/chat-tables.ts";
import { contentUploads } from "../../shared/storage/content-uploads.ts";
import { contentTables } from "../../shared/storage/content-tables.ts";
import { organizationBlobs } from "../../shared/storage/organization-blobs.ts";
import { runTables } from "../../shared/storage/run-tables.ts";
import type { Base } from "./base.ts";

/** The archive of all organizations, as backup and downloads share it. */
export function archiveDependencies({ data, table, now, sleep }: Base, visibleFrom: VisibleFrom) {
  const blobs = organizationBlobs(data.blobs);
  const archive = archiveTables(table("archive"), blobs);
  return {
    archive,
    visibleFrom,
    reader: createArchiveReader(archive, visibleFrom),
    contents: contentTables(table("contents"), table("pendingContents"), blobs),
    uploads: contentUploads(table("uploads"), blobs, { now, sleep }),
    directory: chatTables(table("chats"), table("directory")),
  };
}

interface Needs {
  readonly stored: ReturnType<typeof archiveDependencies>;
  readonly graph: GraphSources;
  readonly accounts: AccountStore;
  /** Throws, with the reason, while private-chat backup does not work for the organization. */
  readonly requireFeature: (organizationId: string) => Promise<void>;
  readonly isConnected: (organizationId: string) => Promise<boolean>;
  readonly isUnpaid: (organizationId: string) => Promise<boolean>;
  readonly countUsage: RunAccountsDeps["countUsage"];
}

/** Bytes of small contents that are held at a time; each of the four groups of a run may hold two blocks of a large one besides. */
const CONTENT_ROOM_BYTES = 64 * 1024 * 1024;

/** Runs: everything that backup routes, activities and timers need. */
export function backupDependencies({ config, table, log, now, sleep }: Base, { stored, graph, ...needs }: Needs) {
  const { archive, contents, uploads, directory } = stored;
  return {
    runs: runTables({ runs: table("runs"), backups: table("backups"), runAccounts: table("runAccounts") }, now),
    archive,
    contents,
    uploads,
    room: createRoom(CONTENT_ROOM_BYTES),
    directory,
    messages: graph.messages,
    chats: graph.chats,
    source: graph.contents,
    accounts: backupAccounts(needs, now),
    standings: userStandings(needs.accounts, graph, now),
    isUnpaid: needs.isUnpaid,
    countUsage: needs.countUsage,
    overlapMs: config.backup.overlapMs,
    maxBytes: config.backup.contentMaxBytes,
    log,
    now,
    sleep,
    ensureReady: async (organizationId: string) => {
      await needs.requireFeature(organizationId);
      if (await needs.isConnected(organizationId)) return;
      throw new AppError("conflict", "credentials.not_connected", "Connect the tenant first: Credentials, Test & Save");
    },
  };
}

/** For so long a switch that is turned off may still be taken for on, in the middle of a run. */
const FEATURE_FRESH_MS = 5_000;

function backupAccounts(
  { accounts, requireFeature: read }: Pick<Needs, "accounts" | "requireFeature">,
  now: () => Instant,
): BackupAccounts {
  const requireFeature = remember((organizationId: string) => read(organizationId), {
    fresh: { ms: FEATURE_FRESH_MS, now: Date.now },
  });
  return {
    async *active(organizationId) {
      for (const account of (await accounts.list(organizationId)).accounts) {
        if (isBackedUp(account, now())) yield account.accountId;
      }
    },
    async graphId(organizationId, accountId) {
      const [account] = await Promise.all([accounts.find(organizationId, accountId), requireFeature(organizationId)]);
      return account && isBackedUp(account, now()) ? account.graphId : undefined;
    },
    async unknown(organizationId, accountIds) {
      const known = new Set((await accounts.list(organizationId)).accounts.map(({ accountId }) => accountId));
      return accountIds.filter((accountId) => !known.has(accountId));
    },
  };
}

function userStandings(accounts: AccountStore, graph: GraphSources, now: () => Instant): UserStandings {
  return {
    async of(organizationId, accountId) {
      const account = await accounts.find(organizationId, accountId);
      return account && graph.userStanding(organizationId, account.graphId);
    },
    async left(organizationId, accountId, state) {
      const account = await accounts.find(organizationId, accountId);
      if (!account || (account.status === "LEFT" && state === "deleted")) return;
      const until = state === "deleted" ? now() + READABLE_MS : undefined;
      // Whoever changes it at the same time knows more; the next refresh of the directory says the same.
      await accounts.write(organizationId, [gone(account, until)]).catch((error: unknown) => {
        if (!isAppError(error, "storage.changed")) throw error;
      });
    },
  };
}

/** What lists of accounts show of the archive. */
export function accountTotals(archive: ArchiveStore, visibleFrom: VisibleFrom): AccountTotalsSource {
  return {
    async of(organizationId, accountIds) {
      const found = await Promise.all(
        accountIds.map(
          async (accountId) =>
            [accountId, await visibleTotals(archive, visibleFrom, { organizationId, accountId })] as const,
        ),
      );
      return new Map(found.flatMap(([accountId, totals]) => (totals ? [[accountId, view(totals)] as const] : [])));
    },
  };
}

function view({ lastRun, ...totals }: ArchiveTotals): AccountTotals {
  const { status, finishedAt, newMessages, failedItems, reasons } = lastRun;
  return {
    lastBackup: { status, finishedAt: iso(finishedAt), newMessages, failedItems, reasons: reasons.map(withText) },
    firstMessageAt: totals.firstMessageAt === undefined ? null : iso(totals.firstMessageAt),
    lastMessageAt: totals.lastMessageAt === undefined ? null : iso(totals.lastMessageAt),
    messages: totals.messages,
    storedBytes: totals.storedBytes,
  };
}
