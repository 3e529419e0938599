import { Readable } from "node:stream";
import { createArchiveReader } from "../../shared/archive/archive-reader.ts";
import { encodePack, packLine } from "../../shared/archive/pack.ts";
import { type MessageVersion, monthOf, versionOf } from "../../shared/archive/version.ts";
import { parseMessage, type RawMessage } from "../../shared/chats/message.ts";
import { referencesOf } from "../../shared/chats/references.ts";
import { archiveTables } from "../../shared/storage/archive-tables.ts";
import { chatTables } from "../../shared/storage/chat-tables.ts";
import type { StorageClients } from "../../shared/storage/clients.ts";
import { contentTables } from "../../shared/storage/content-tables.ts";
import { organizationBlobs } from "../../shared/storage/organization-blobs.ts";

export interface SeededContent {
  readonly bytes?: Buffer;
  readonly type?: string;
  readonly reason?: string;
}

/** An archive as backups leave it behind, in a storage account. */
export function seededArchive(clients: StorageClients) {
  const blobs = organizationBlobs(clients.blobs);
  const archive = archiveTables(clients.table("archive"), blobs);
  const contents = contentTables(clients.table("contents"), clients.table("pendingContents"), blobs);
  const directory = chatTables(clients.table("chats"), clients.table("directory"));
  return {
    reader: createArchiveReader(archive),
    contents,
    directory,
    /** One pack per month of creation. */
    async addMessages(of: { organizationId: string; accountId: string }, raw: readonly RawMessage[]): Promise<void> {
      const months = Map.groupBy(raw.map(versioned), (version) => monthOf(version.createdAt));
      for (const [month, versions] of months) {
        const pack = await encodePack(versions.map(packLine));
        await archive.putPack(of, month, pack.sha256, pack.bytes);
        const { summary, sha256, bytes } = pack;
        const row = { ...summary, month, sha256, bytes: bytes.length, messages: versions.length, runId: "r" };
        await archive.commit(of, [row], []);
      }
      const counts = { seen: raw.length, added: raw.length, unchanged: 0, malformed: 0 };
      await archive.commit(of, [], [{ from: 0, to: Date.UTC(2026, 11, 31), state: "done", runId: "r", ...counts }]);
    },
    /** What became of the references of a message, in their order; one without bytes and reason stays pending. */
    async addContents(organizationId: string, raw: RawMessage, given: readonly SeededContent[]): Promise<void> {
      const { chatId, id } = versioned(raw);
      const references = referencesOf(parseMessage(raw));
      await contents.add(
        organizationId,
        chatId,
        references.map((reference) => ({ messageId: id, reference })),
      );
      for (const [at, reference] of references.entries()) {
        const { bytes, type, reason } = given[at] ?? {};
        const record = { chatId, messageId: id, reference, ...(type === undefined ? {} : { type }) };
        if (reason !== undefined) await contents.finish(organizationId, { ...record, state: "failed", reason });
        if (!bytes) continue;
        const stored = await contents.put(organizationId, Readable.from([bytes]), Number.POSITIVE_INFINITY);
        if (!stored) throw new Error("not stored");
        await contents.finish(organizationId, { ...record, state: "stored", ...stored });
      }
    },
  };
}

function versioned(raw: RawMessage): MessageVersion {
  const version = versionOf(raw);
  if (!version) throw new Error("not a message");
  return version;
}
