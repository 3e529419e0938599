import type { ContentRecord, StoredContent } from "../archive/content-store.ts";
import type { ContentUploads, Upload, UploadSource } from "../archive/content-uploads.ts";
import { AppError, isAppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import type { Content, ContentSource, Resume } from "./content-source.ts";
import { LONGEST_TYPE, openContent } from "./open-content.ts";

export interface FetchLargeDeps {
  readonly source: ContentSource;
  readonly uploads: ContentUploads;
  readonly maxBytes: number;
  readonly now: () => Instant;
}

/** For what cannot be taken up again there is one try, which with the budget before it stays below the functionTimeout of host.json. */
const ONE_TRY_MS = 6 * 60_000;

/** A source that changes between one activity and the next, again and again, must not hold up the run. */
const MOST_RESTARTS = 3;

type Stored = StoredContent & Pick<UploadSource, "type" | "sourceVersion">;

/** Brings a large content in as far as it comes by the deadline; undefined: there is more, or somebody else goes on with it. What is
 * staged stays for the next call, also when this one throws (ContentSource), and is given up when the source changed. */
export async function fetchLarge(
  deps: FetchLargeDeps,
  organizationId: string,
  record: ContentRecord,
  deadline: Instant,
): Promise<Stored | undefined> {
  try {
    const begun = await deps.uploads.find(organizationId, record);
    const upload = begun?.sha256 === undefined ? await receive(deps, organizationId, record, begun, deadline) : begun;
    if (upload.sha256 === undefined) return undefined;
    const stored = await deps.uploads.finish(organizationId, record, upload, deadline);
    const { type, sourceVersion } = upload.source;
    return stored && { ...stored, ...(type ? { type } : {}), ...(sourceVersion ? { sourceVersion } : {}) };
  } catch (error) {
    // A repeat of this activity is at work on the same upload, or was.
    if (isAppError(error, "storage.changed") || isAppError(error, "storage.not_found")) return undefined;
    throw error;
  }
}

async function receive(
  { source, uploads, maxBytes, now }: FetchLargeDeps,
  organizationId: string,
  record: ContentRecord,
  begun: Upload | undefined,
  deadline: Instant,
): Promise<Upload> {
  const { content, upload: resumed } = await open(source, organizationId, record, begun).catch(
    async (error: unknown) => {
      // Another file at each look: tomorrow's try begins from the start.
      if (isAppError(error, "content.changed")) await uploads.discard(organizationId, record);
      throw error;
    },
  );
  try {
    if (content.bytes !== undefined && content.bytes > maxBytes) {
      throw new AppError("too_large", "content.too_large", "The content is larger than the policy allows");
    }
    const upload = resumed ?? (await uploads.begin(organizationId, record, sourceOf(content)));
    const isResumable = upload.source.etag !== undefined;
    const until = isResumable ? deadline : Math.max(deadline, now() + ONE_TRY_MS);
    const received = await uploads.receive(organizationId, record, upload, content.body, { maxBytes, until });
    if (isResumable || received.sha256 !== undefined) return received;
    throw new AppError("unavailable", "content.not_resumable", "Its host is too slow for one try and allows no other");
  } finally {
    content.body.destroy();
  }
}

async function open(
  source: ContentSource,
  organizationId: string,
  record: ContentRecord,
  begun: Upload | undefined,
): Promise<{ content: Content; upload?: Upload | undefined }> {
  const from = begun && resumeOf(begun);
  if (!from) return { content: await openContent(source, organizationId, record) };
  try {
    return { content: await openContent(source, organizationId, record, from), upload: begun };
  } catch (error) {
    if (!isAppError(error, "content.changed") || begun.restarts >= MOST_RESTARTS) throw error;
    return { content: await openContent(source, organizationId, record) };
  }
}

/** By tag and version; the length that was told at first may have been wrong. */
function resumeOf({ offset, source: { etag, sourceVersion } }: Upload): Resume | undefined {
  if (etag === undefined || offset === 0) return undefined;
  return { offset, etag, ...(sourceVersion === undefined ? {} : { sourceVersion }) };
}

/** Tags of a foreign host may have any length. */
const LONGEST_TAG = 1_000;

const sourceOf = ({ etag, bytes, type, sourceVersion }: Content): UploadSource => ({
  ...(etag === undefined || etag.length > LONGEST_TAG ? {} : { etag }),
  ...(bytes === undefined ? {} : { bytes }),
  ...(type === undefined ? {} : { type: type.slice(0, LONGEST_TYPE) }),
  ...(sourceVersion === undefined ? {} : { sourceVersion }),
});
