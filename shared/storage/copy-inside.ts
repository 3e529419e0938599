import type { BlockBlobClient } from "@azure/storage-blob";
import { contentName } from "../archive/blob-names.ts";
import type { StoredContent } from "../archive/content-store.ts";
import { AppError, unless } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import type { OrganizationBlobs } from "./organization-blobs.ts";
import { storageCall } from "./storage-call.ts";

const LOOK_AGAIN_MS = 1_000;
const TRIES = 3;

interface Waiting {
  readonly until: Instant;
  readonly now: () => Instant;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Copies a blob to its name among the contents, without moving a byte through this process; one that is there already is renewed,
 * so that a sweep leaves it. False when the service was still copying at `until`: the next call looks again. A blob whose copy is
 * under way exists already, so its state and length are looked at, not its existence. */
export async function copyInside(
  blobs: OrganizationBlobs,
  from: BlockBlobClient,
  { sha256, bytes }: StoredContent,
  { until, now, sleep }: Waiting,
): Promise<boolean> {
  const name = contentName(sha256);
  const target = await blobs.blob(name);
  for (let tries = 0; ; ) {
    const state = await stateOf(target, bytes);
    if (state === "there") {
      if (await blobs.renew(name)) return true;
    } else if (state === "absent") {
      if (tries++ >= TRIES) throw new AppError("unavailable", "storage.unavailable", "Storage does not copy a blob");
      // Another process may have begun the same copy.
      await storageCall(() => target.beginCopyFromURL(from.url)).catch(unless("storage.conflict"));
    } else {
      if (now() >= until) return false;
      await sleep(LOOK_AGAIN_MS);
    }
  }
}

async function stateOf(blob: BlockBlobClient, bytes: number): Promise<"there" | "copying" | "absent"> {
  const seen = await storageCall(() => blob.getProperties()).catch(unless("storage.not_found"));
  if (!seen) return "absent";
  if (seen.copyStatus === "pending") return "copying";
  const isWhole = (seen.copyStatus ?? "success") === "success" && seen.contentLength === bytes;
  return isWhole ? "there" : "absent";
}
