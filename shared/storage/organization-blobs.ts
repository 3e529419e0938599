import { Readable } from "node:stream";
import type { BlobServiceClient, BlockBlobClient, ContainerClient } from "@azure/storage-blob";
import { isAppError } from "../platform/errors.ts";
import { storageCall } from "./storage-call.ts";

/** The blobs of one organization: a container of its own, made at the first write. */
export interface OrganizationBlobs {
  /** Writes once: a blob of that name that exists already is left as it is, and that is a success. */
  putOnce(name: string, bytes: Buffer, type: string): Promise<"written" | "existed">;
  /** Streams a blob; a broken connection is taken up again by the SDK. Throws `storage.not_found`. */
  open(name: string): Promise<Readable>;
  exists(name: string): Promise<boolean>;
  /** Bytes; undefined where there is no such blob. */
  size(name: string): Promise<number | undefined>;
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
  return (organizationId) => ({
    async putOnce(name, bytes, type) {
      const client = (await ready(organizationId)).getBlockBlobClient(name);
      const options = { conditions: { ifNoneMatch: "*" }, blobHTTPHeaders: { blobContentType: type } };
      try {
        await storageCall(() => client.uploadData(bytes, options));
        return "written";
      } catch (error) {
        if (isAppError(error, "storage.conflict")) return "existed";
        throw error;
      }
    },
    async open(name) {
      const answer = await storageCall(() =>
        container(organizationId).getBlockBlobClient(name).download(0, undefined, { maxRetryRequests: 5 }),
      );
      return Readable.from(answer.readableStreamBody ?? [], { objectMode: false });
    },
    exists: (name) => storageCall(() => container(organizationId).getBlockBlobClient(name).exists()),
    size: (name) =>
      storageCall(() => container(organizationId).getBlockBlobClient(name).getProperties()).then(
        ({ contentLength }) => contentLength,
        (error: unknown) => {
          if (isAppError(error, "storage.not_found")) return undefined;
          throw error;
        },
      ),
    blob: async (name) => (await ready(organizationId)).getBlockBlobClient(name),
  });
}
