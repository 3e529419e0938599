import type { BlockBlobClient } from "@azure/storage-blob";
import { unless } from "../platform/errors.ts";
import { storageCall } from "./storage-call.ts";

export interface SeenBlob {
  readonly etag: string;
  readonly bytes: number;
  /** Of the last copy that had this blob as its target; `done` also for one that was uploaded. */
  readonly copy: "done" | "pending" | "failed";
}

/** What there is under a name. The target of a copy exists from the beginning of the copy, and after one that failed, then without
 * a byte: https://learn.microsoft.com/rest/api/storageservices/abort-copy-blob. So existence alone says nothing about bytes. */
export async function lookAtBlob(blob: BlockBlobClient): Promise<SeenBlob | undefined> {
  const seen = await storageCall(() => blob.getProperties()).catch(unless("storage.not_found"));
  return seen && { etag: seen.etag ?? "", bytes: seen.contentLength ?? 0, copy: copyOf(seen.copyStatus) };
}

function copyOf(status: string | undefined): SeenBlob["copy"] {
  if (status === undefined || status === "success") return "done";
  return status === "pending" ? "pending" : "failed";
}
