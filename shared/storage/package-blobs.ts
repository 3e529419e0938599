import { Readable } from "node:stream";
import {
  BlobSASPermissions,
  type BlobServiceClient,
  type BlockBlobClient,
  type ContainerClient,
  generateBlobSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import type { PackageStore } from "../downloads/package-store.ts";
import { unless } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import { attachmentDisposition } from "./content-disposition.ts";
import { type DelegationKeys, delegationKeys } from "./delegation-keys.ts";
import { putInBlocks } from "./put-in-blocks.ts";
import { storageCall } from "./storage-call.ts";

/** Zips and spools in the container `org-{organizationId}` of the account for downloads. Blocks are staged and committed at
 * the end, so that a broken upload leaves nothing to see. Links are user delegation SAS where the app signs in with its
 * identity, else signed by the account's key. */
export function packageBlobs(service: BlobServiceClient, now: () => Instant): PackageStore {
  const made = new Map<string, Promise<unknown>>();
  const container = (organizationId: string): ContainerClient => service.getContainerClient(`org-${organizationId}`);
  const ready = (organizationId: string): Promise<unknown> => {
    const known = made.get(organizationId);
    if (known) return known;
    const making = storageCall(() => container(organizationId).createIfNotExists());
    made.set(organizationId, making);
    making.catch(() => made.delete(organizationId));
    return making;
  };
  const blob = (organizationId: string, name: string): BlockBlobClient =>
    container(organizationId).getBlockBlobClient(name);
  const keys = delegationKeys(service, now);
  return {
    async put(organizationId, name, content, type) {
      await ready(organizationId);
      await storageCall(() => putInBlocks(blob(organizationId, name), content, type));
    },
    async open(organizationId, name, range) {
      const answer = await storageCall(() =>
        blob(organizationId, name).download(range?.offset ?? 0, range?.bytes, { maxRetryRequests: 5 }),
      );
      return Readable.from(answer.readableStreamBody ?? [], { objectMode: false });
    },
    link: (organizationId, name, link) => sign(blob(organizationId, name), keys, link),
    async removeAll(organizationId, prefix) {
      const blobs = container(organizationId).listBlobsFlat({ prefix })[Symbol.asyncIterator]();
      for (;;) {
        const next = await storageCall(() => blobs.next()).catch(absent);
        if (!next || next.done) return;
        await storageCall(() => container(organizationId).deleteBlob(next.value.name)).catch(absent);
      }
    },
  };
}

interface Link {
  readonly fileName: string;
  readonly expiresAt: Instant;
}

/** Read-only, this blob only. Without a start, so that a clock that is behind takes it too; plain http for Azurite alone. */
async function sign(blob: BlockBlobClient, keys: DelegationKeys, { fileName, expiresAt }: Link): Promise<string> {
  const options = {
    containerName: blob.containerName,
    blobName: blob.name,
    permissions: BlobSASPermissions.parse("r"),
    expiresOn: new Date(expiresAt),
    contentDisposition: attachmentDisposition(fileName),
    contentType: "application/zip",
    protocol: blob.url.startsWith("https:") ? SASProtocol.Https : SASProtocol.HttpsAndHttp,
  };
  const { credential, accountName } = blob;
  const query =
    credential instanceof StorageSharedKeyCredential
      ? generateBlobSASQueryParameters(options, credential)
      : generateBlobSASQueryParameters(options, await keys.until(expiresAt), accountName);
  return `${blob.url}?${query.toString()}`;
}

const absent = unless("storage.not_found");
