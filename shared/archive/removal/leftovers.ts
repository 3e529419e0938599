import type { Instant } from "../../platform/time.ts";

export interface StoredBlob {
  readonly name: string;
  /** Changes with every write, and when a writer finds the blob to be there already. */
  readonly etag: string;
  readonly modifiedAt: Instant;
  /** Nothing named it when it was looked at last. */
  readonly isMarked: boolean;
}

/** Blobs of an organization, whoever names them. The last three do nothing, and answer false, where the blob changed since it was
 * listed, is gone, or may not be changed. */
export interface LeftoverStore {
  /** In the order of names. */
  list(organizationId: string, prefix: string): AsyncGenerator<StoredBlob>;
  mark(organizationId: string, blob: StoredBlob): Promise<boolean>;
  unmark(organizationId: string, blob: StoredBlob): Promise<boolean>;
  remove(organizationId: string, blob: StoredBlob): Promise<boolean>;
  /** What work that takes longer than an activity has to remember: at most some megabytes. */
  readNotes(organizationId: string, name: string): Promise<Buffer | undefined>;
  putNotes(organizationId: string, name: string, notes: Buffer): Promise<void>;
}

export interface JudgeDeps {
  readonly leftovers: LeftoverStore;
  readonly now: () => Instant;
}

/** Removes a blob that nothing has named for the grace: it was marked by a sweep then, and neither written nor found there by a
 * writer since. Whether it is named must have been looked up after it was listed. Then no writer loses what it is about to name: one
 * that came before the listing took the mark off, one that came after it changed the ETag, and one that comes later finds nothing and
 * writes it. Answers whether it was removed. */
export async function judge(
  { leftovers, now }: JudgeDeps,
  organizationId: string,
  blob: StoredBlob,
  { isNamed, graceMs }: { readonly isNamed: boolean; readonly graceMs: number },
): Promise<boolean> {
  if (isNamed) {
    if (blob.isMarked) await leftovers.unmark(organizationId, blob);
    return false;
  }
  if (!blob.isMarked) {
    await leftovers.mark(organizationId, blob);
    return false;
  }
  return blob.modifiedAt <= now() - graceMs && leftovers.remove(organizationId, blob);
}
