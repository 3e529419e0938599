import type { ArchiveReader } from "../../shared/archive/archive-reader.ts";
import type { ChatDirectory } from "../../shared/archive/chat-directory.ts";
import type { ContentReader } from "../../shared/archive/content-store.ts";
import type { AccountDirectory } from "../../shared/downloads/account-directory.ts";
import { makingRoom } from "../../shared/downloads/making-room.ts";
import { storageClients } from "../../shared/storage/clients.ts";
import { downloadTables } from "../../shared/storage/download-tables.ts";
import { packageBlobs } from "../../shared/storage/package-blobs.ts";
import { explainMissing } from "./explain-missing.ts";
import type { Base } from "./base.ts";
import { VERSION } from "./version.ts";

interface Needs {
  readonly archive: ArchiveReader;
  readonly contents: ContentReader;
  readonly chats: ChatDirectory;
  readonly accounts: AccountDirectory;
}

/** Everything that download routes, activities and the timer need. Zips lie in the account for downloads, rows in the one for
 * data. */
export function downloadDependencies({ config, table, log, now }: Base, needs: Needs) {
  const { windowDays, partBytes, linkMs, keepMs } = config.downloads;
  const tables = {
    downloads: table("downloads"),
    downloadParts: table("downloadParts"),
    downloadExpiries: table("downloadExpiries"),
  };
  return {
    ...needs,
    downloads: downloadTables(tables),
    packages: packageBlobs(storageClients(config.storage.downloads).blobs, now),
    version: VERSION,
    explain: explainMissing,
    room: makingRoom(),
    ...{ windowDays, partBytes, linkMs, keepMs, log, now },
  };
}
