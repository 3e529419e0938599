import { Readable } from "node:stream";
import type { BlobServiceClient, BlockBlobClient, ContainerClient } from "@azure/storage-blob";
import { AppError, isAppError, unless } from "../platform/errors.ts";
import { lookAtBlob, type SeenBlob } from "./look-at-blob.ts";
import { storageCall } from "./storage-call.ts";

/** The blobs of one organization: a container of its own, made at the first write. */
export interface OrganizationBlobs {
  /** Writes once: the bytes of a blob of that name that exists already are left as they are, and that is a success. It is renewed,
   * so that whoever found it to be left over, and is about to remove it, does not. What a failed copy left under the name has no
   * bytes, and is written over; while a copy to it is under way, it throws `storage.unavailable`. */
  putOnce(name: string, bytes: Buffer, type: string): Promise<"written" | "existed">;
  /** Streams a blob, from the byte `offset` on where one is given; a broken connection is taken up again by the SDK. Throws
   * `storage.not_found`, also where there is no such byte. */
  open(name: string, offset?: number): Promise<Readable>;
  /** Gives a blob a new ETag and time; false where there is no such blob. Says nothing about its bytes (`lookAtBlob`). Whoever is
   * about to name a blob that they did not write has to do this first. */
  renew(name: string): Promise<boolean>;
  /** Bytes; undefined where there is no such blob. */
  size(name: string): Promise<number | undefined>;
  /** Names of the folders in that one, which ends with a slash, in their order. */
  folders(folder: string): AsyncGenerator<string>;
  /** True also where it is gone already; false where the storage forbids it. */
  remove(name: string): Promise<boolean>;
  blob(name: string): Promise<BlockBlobClient>;
}

export function organizationBlobs(service: BlobServiceClient): (organizationId: string) => OrganizationBlobs {
  const made = new Map<string, Promise<ContainerClient>>();
  const container = (organizationId: string): ContainerClient => service.getContainerClient(`org-${organizationId}`);
  const ready = (organizationId: string): Promise<ContainerClient> => {
    const known = made.get(organizationId);
    if (known) return known;
    const client = container(organizationId);
    const making = storageCall(() => client.createIfNotExists()).then(() => client);
    made.set(organizationId, making);
    making.catch(() => made.delete(organizationId));
    return making;
  };
  const renew = async (organizationId: string, name: string): Promise<boolean> => {
    try {
      await storageCall(() => container(organizationId).getBlockBlobClient(name).setMetadata({}));
    } catch (error) {
      if (isAppError(error, "storage.not_found")) return false;
      // What is immutable cannot be renewed, nor removed.
      if (!isAppError(error, "storage.conflict")) throw error;
    }
    return true;
  };
  return (organizationId) => ({
    async putOnce(name, bytes, type) {
      const client = (await ready(organizationId)).getBlockBlobClient(name);
      for (let remains: SeenBlob | undefined; ; ) {
        const conditions = remains ? { ifMatch: remains.etag } : { ifNoneMatch: "*" };
        const upload = () => client.uploadData(bytes, { conditions, blobHTTPHeaders: { blobContentType: type } });
        const refused = await storageCall(upload).then(() => undefined, refusal);
        if (!refused) return "written";
        if (remains && refused.code === "storage.conflict") throw unavailable(refused);
        const seen = await lookAtBlob(client);
        if (seen?.copy === "pending") throw unavailable(refused);
        remains = seen && isRemains(seen, bytes.length) ? seen : undefined;
        if (seen && !remains && (await renew(organizationId, name))) return "existed";
      }
    },
    async open(name, offset = 0) {
      const answer = await storageCall(() =>
        container(organizationId).getBlockBlobClient(name).download(offset, undefined, { maxRetryRequests: 5 }),
      );
      return Readable.from(answer.readableStreamBody ?? [], { objectMode: false });
    },
    renew: (name) => renew(organizationId, name),
    size: (name) =>
      storageCall(() => container(organizationId).getBlockBlobClient(name).getProperties()).then(
        ({ contentLength }) => contentLength,
        (error: unknown) => {
          if (isAppError(error, "storage.not_found")) return undefined;
          throw error;
        },
      ),
    async *folders(folder) {
      const found = container(organizationId).listBlobsByHierarchy("/", { prefix: folder });
      for (;;) {
        const next = await storageCall(() => found.next()).catch(unless("storage.not_found"));
        if (!next || next.done) return;
        if (next.value.kind === "prefix") yield next.value.name.slice(folder.length, -1);
      }
    },
    async remove(name) {
      try {
        await storageCall(() => container(organizationId).getBlobClient(name).deleteIfExists());
        return true;
      } catch (error) {
        if (isAppError(error, "storage.conflict")) return false;
        throw error;
      }
    },
    blob: async (name) => (await ready(organizationId)).getBlockBlobClient(name),
  });
}

/** What a copy that failed left behind. */
const isRemains = ({ copy, bytes }: SeenBlob, wanted: number): boolean =>
  copy === "failed" || (bytes === 0 && wanted > 0);

/** Somebody wrote before. */
function refusal(error: unknown): AppError {
  if (isAppError(error, "storage.conflict") || isAppError(error, "storage.changed")) return error;
  throw error;
}

const unavailable = (cause: AppError): AppError =>
  new AppError("unavailable", "storage.unavailable", "A copy to that name is under way", { cause });
