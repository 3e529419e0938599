import type { BlockBlobClient } from "@azure/storage-blob";
import { AppError, unless } from "../platform/errors.ts";
import { lookAtBlob } from "./look-at-blob.ts";
import type { OrganizationBlobs } from "./organization-blobs.ts";
import { storageCall } from "./storage-call.ts";

const LOOK_AGAIN_MS = 1_000;
const TRIES = 3;

interface Waiting {
  /** Asked while the service copies, before each second of waiting. */
  readonly isOver: () => boolean;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Copies a blob to a name that says its bytes, without moving one through this process; one that is there already is renewed, so that
 * a sweep leaves it. False when the service was still copying when the time was over: the next call looks again, and until then the
 * source has to stay as it is. A blob whose copy is under way exists already, so its state and length are looked at, not its
 * existence. */
export async function copyInside(
  blobs: OrganizationBlobs,
  from: BlockBlobClient,
  { name, bytes }: { readonly name: string; readonly bytes: number },
  { isOver, sleep }: Waiting,
): Promise<boolean> {
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
      if (isOver()) return false;
      await sleep(LOOK_AGAIN_MS);
    }
  }
}

async function stateOf(blob: BlockBlobClient, bytes: number): Promise<"there" | "copying" | "absent"> {
  const seen = await lookAtBlob(blob);
  if (seen?.copy === "pending") return "copying";
  return seen && seen.copy !== "failed" && seen.bytes === bytes ? "there" : "absent";
}
