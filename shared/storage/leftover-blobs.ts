import type { BlobServiceClient } from "@azure/storage-blob";
import type { LeftoverStore, StoredBlob } from "../archive/removal/leftovers.ts";
import { isAppError, unless } from "../platform/errors.ts";
import { storageCall } from "./storage-call.ts";

/** What a marked blob has among its metadata; a writer that renews it takes all metadata off. */
const MARK = "unnamed";
const NOTES = "notes/";

/** Every change is on the condition of the ETag that was listed. */
export function leftoverBlobs(service: BlobServiceClient): LeftoverStore {
  const container = (organizationId: string) => service.getContainerClient(`org-${organizationId}`);
  const when = ({ etag }: StoredBlob) => ({ conditions: { ifMatch: etag } });
  const setMark = (organizationId: string, blob: StoredBlob, metadata: Record<string, string>) =>
    changed(() => container(organizationId).getBlobClient(blob.name).setMetadata(metadata, when(blob)));
  return {
    async *list(organizationId, prefix) {
      const blobs = container(organizationId).listBlobsFlat({ prefix, includeMetadata: true });
      for (;;) {
        const next = await storageCall(() => blobs.next()).catch(absent);
        if (!next || next.done) return;
        const { name, metadata, properties } = next.value;
        const isMarked = metadata?.[MARK] !== undefined;
        yield { name, etag: properties.etag, modifiedAt: properties.lastModified.getTime(), isMarked };
      }
    },
    mark: (organizationId, blob) => setMark(organizationId, blob, { [MARK]: "1" }),
    unmark: (organizationId, blob) => setMark(organizationId, blob, {}),
    remove: (organizationId, blob) =>
      changed(() => container(organizationId).getBlobClient(blob.name).delete(when(blob))),
    readNotes: (organizationId, name) =>
      storageCall(() =>
        container(organizationId)
          .getBlobClient(NOTES + name)
          .downloadToBuffer(),
      ).catch(absent),
    async putNotes(organizationId, name, notes) {
      await storageCall(() =>
        container(organizationId)
          .getBlockBlobClient(NOTES + name)
          .uploadData(notes),
      );
    },
  };
}

async function changed(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await storageCall(call);
    return true;
  } catch (error) {
    if (["storage.changed", "storage.not_found", "storage.conflict"].some((code) => isAppError(error, code)))
      return false;
    throw error;
  }
}

const absent = unless("storage.not_found");
