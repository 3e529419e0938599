import { createArchiveReader } from "../../shared/archive/archive-reader.ts";
import type { BackupAccounts } from "../../shared/backup/backup-accounts.ts";
import type { GraphSources } from "../../shared/graph/create-graph-sources.ts";
import type { Config } from "../../shared/platform/config.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import type { Instant } from "../../shared/platform/time.ts";
import { archiveTables } from "../../shared/storage/archive-tables.ts";
import { chatTables } from "../../shared/storage/chat-tables.ts";
import type { StorageClients } from "../../shared/storage/clients.ts";
import { contentTables } from "../../shared/storage/content-tables.ts";
import { organizationBlobs } from "../../shared/storage/organization-blobs.ts";
import { runTables } from "../../shared/storage/run-tables.ts";

/** The archive of all organizations, as backup and downloads share it. */
export function archiveOf(data: StorageClients) {
  const blobs = organizationBlobs(data.blobs);
  const archive = archiveTables(data.table("archive"), blobs);
  return {
    archive,
    reader: createArchiveReader(archive),
    contents: contentTables(data.table("contents"), data.table("pendingContents"), blobs),
    directory: chatTables(data.table("chats"), data.table("directory")),
  };
}

export interface BackupParts {
  readonly config: Config;
  readonly data: StorageClients;
  readonly stored: ReturnType<typeof archiveOf>;
  readonly graph: GraphSources;
  readonly accounts: BackupAccounts;
  readonly ensureReady: (organizationId: string) => Promise<void>;
  readonly log: Logger;
  readonly now: () => Instant;
}

/** Everything that backup routes, activities and timers need. */
export function backupOf({ config, data, stored, graph, accounts, ensureReady, log, now }: BackupParts) {
  const tables = { runs: data.table("runs"), backups: data.table("backups"), runAccounts: data.table("runAccounts") };
  return {
    runs: runTables(tables, now),
    archive: stored.archive,
    contents: stored.contents,
    directory: stored.directory,
    messages: graph.messages,
    chats: graph.chats,
    source: graph.contents,
    accounts,
    ensureReady,
    overlapMs: config.backup.overlapMs,
    maxBytes: config.backup.contentMaxBytes,
    log,
    now,
  };
}
