import type { Readable } from "node:stream";
import type { Instant } from "../platform/time.ts";
import type { ContentRecord, StoredContent } from "./content-store.ts";

/** What the bytes of an upload are of, as it was when they began. */
export interface UploadSource {
  /** Promises the same bytes; without it an upload cannot be taken up again. */
  readonly etag?: string;
  readonly bytes?: number;
  readonly type?: string;
  readonly sourceVersion?: string;
}

/** A content that is too large for memory, on its way in: which bytes are here. */
export interface Upload {
  readonly uploadId: string;
  readonly source: UploadSource;
  /** So many bytes, from the start, are staged and hashed. */
  readonly offset: number;
  /** All bytes are staged, and this is their hash. */
  readonly sha256?: string;
  /** How often it began anew. */
  readonly restarts: number;
  /** Of its row: who works on an older one gets `storage.changed`. */
  readonly etag: string;
}

/** Large contents, block by block. The state of the hash stands beside the list of blocks in the upload's row, so that a process
 * that ends, or dies, leaves everything to the next one up to the last staged block. All methods: `storage.changed` when
 * somebody else went on with the same upload meanwhile. */
export interface ContentUploads {
  /** The upload of a content that was begun and can still be gone on with. */
  find(organizationId: string, record: ContentRecord): Promise<Upload | undefined>;
  /** A new one, in place of any other of that content. */
  begin(organizationId: string, record: ContentRecord, source: UploadSource): Promise<Upload>;
  /** Stages the bytes from the upload's offset on: to the end of the body (then `sha256` is there), or as far as it comes by
   * `until`. Throws `content.too_large` past `maxBytes`. The body is read to its end or destroyed. */
  receive(
    organizationId: string,
    record: ContentRecord,
    upload: Upload,
    body: Readable,
    limits: { readonly maxBytes: number; readonly until: Instant },
  ): Promise<Upload>;
  /** Copies an upload whose hash is known to its name, inside the service. Undefined: that was not over by `until`. */
  finish(
    organizationId: string,
    record: ContentRecord,
    upload: Upload,
    until: Instant,
  ): Promise<StoredContent | undefined>;
  /** Removes what is left of an upload: when its content has an outcome, or its bytes are of no use. */
  discard(organizationId: string, record: ContentRecord): Promise<void>;
  /** The same for every upload to which nothing came since then, whatever it was of. Answers how many there were. */
  discardOld(organizationId: string, before: Instant): Promise<number>;
}
