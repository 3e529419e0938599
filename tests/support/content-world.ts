import type { ContentRecord } from "../../shared/archive/content-store.ts";
import { chatKey } from "../../shared/archive/chat-key.ts";
import type { ContentSource } from "../../shared/backup/content-source.ts";
import { CONTENT_GROUPS, fetchContents } from "../../shared/backup/fetch-contents.ts";
import type { ChatContents } from "../../shared/backup/run-store.ts";
import type { ContentReference } from "../../shared/chats/references.ts";
import { createLogger } from "../../shared/platform/logger.ts";
import { hashId, newId } from "../../shared/platform/new-id.ts";
import { createRoom } from "../../shared/platform/room.ts";
import type { StorageClients } from "../../shared/storage/clients.ts";
import { contentTables } from "../../shared/storage/content-tables.ts";
import { contentUploads } from "../../shared/storage/content-uploads.ts";
import { organizationBlobs } from "../../shared/storage/organization-blobs.ts";
import { runTables } from "../../shared/storage/run-tables.ts";

export const fileReference = (url: string): ContentReference => ({
  kind: "file",
  key: hashId("file", url),
  url,
  name: "file",
  attachmentId: "a",
});

interface WorldOptions {
  readonly maxBytes?: number;
  /** Default: this machine's clock. */
  readonly now?: () => number;
  /** Default: one that only the app's own ends: none. */
  readonly deadline?: () => number;
}

/** The contents stage of one organization over real storage, with a source of the test's own. */
export function contentWorld(clients: StorageClients, source: ContentSource, options: WorldOptions = {}) {
  const { maxBytes = 1_000_000_000, now = Date.now, deadline = () => Number.POSITIVE_INFINITY } = options;
  const organizationId = newId(Date.now());
  const blobs = organizationBlobs(clients.blobs);
  const contents = contentTables(clients.table("contents"), clients.table("pendingContents"), blobs);
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.min(ms, 20)));
  const tables = {
    runs: clients.table("runs"),
    backups: clients.table("backups"),
    runAccounts: clients.table("runAccounts"),
  };
  const deps = {
    ...{ source, contents, maxBytes, now, sleep },
    uploads: contentUploads(clients.table("uploads"), blobs, { now, sleep }),
    runs: runTables(tables, now),
    room: createRoom(64 * 1024 * 1024),
    log: createLogger(() => undefined),
  };
  const container = clients.blobs.getContainerClient(`org-${organizationId}`);
  return {
    organizationId,
    deps,
    add: (chatId: string, messageId: string, reference: ContentReference) =>
      contents.add(organizationId, chatId, [{ messageId, reference }]),
    /** One activity of each group; answers how they ended. */
    async once(runId: string) {
      const steps = [];
      for (let group = 0; group < CONTENT_GROUPS; group++)
        steps.push(await fetchContents(deps, { organizationId, runId, group }, deadline()));
      return steps;
    },
    /** As many activities as it takes; answers how many rounds. */
    async run(runId = newId(Date.now())): Promise<number> {
      for (let round = 1; ; round++) {
        if (round > 500) throw new Error("The contents do not end");
        const steps = await this.once(runId);
        if (steps.every(({ status }) => status === "done")) return round;
      }
    },
    record: async (chatId: string, messageId: string): Promise<ContentRecord | undefined> =>
      (await contents.ofMessage(organizationId, chatId, messageId))[0],
    counts: (runId: string, chatId: string): Promise<ChatContents | undefined> =>
      deps.runs.contentsOf(organizationId, runId, chatKey(chatId)),
    /** Every blob there is, those with no more than staged blocks too. */
    async names(prefix: string): Promise<string[]> {
      await container.createIfNotExists();
      const found = container.listBlobsFlat({ prefix, includeUncommitedBlobs: true });
      return (await Array.fromAsync(found)).map(({ name }) => name);
    },
    read: (sha256: string): Promise<Buffer> => container.getBlobClient(`contents/${sha256}`).downloadToBuffer(),
  };
}
