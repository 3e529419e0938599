import type { Instant } from "../platform/time.ts";
import type { DownloadFormat, DownloadStatus } from "./download.contract.ts";

/** A download as asked for, with everything its zips depend on, so that a later change of settings changes none of them. */
export interface Download {
  readonly id: string;
  readonly requestedAt: Instant;
  readonly requestedBy: string;
  /** Each once, in the order in which they were asked for. */
  readonly accountIds: readonly string[];
  /** Graph's id. */
  readonly chatId?: string;
  readonly format: DownloadFormat;
  readonly attachments: boolean;
  readonly systemEvents: boolean;
  readonly from: Instant;
  readonly to: Instant;
  readonly timeZone: string;
  readonly asOf?: Instant;
  readonly windowDays: number;
  readonly partBytes: number;
  /** `Generating` is not kept: it is told from the rows of the parts. */
  readonly status: Exclude<DownloadStatus, "Generating">;
  readonly finishedAt?: Instant;
  readonly expiresAt?: Instant;
  /** What failed as a whole. */
  readonly failures: readonly Reason[];
}

export interface Reason {
  readonly code: string;
  readonly count: number;
}

/** One account in one window, or in some days of one that holds very many messages. */
export interface FileSet {
  /** From 0: account by account, window by window; further parts of a window that is cut have numbers behind all of these. */
  readonly set: number;
  readonly accountId: string;
  readonly from: Instant;
  readonly to: Instant;
  /** Versions in the packs that the window meets, when it was planned: no fewer than its messages, but for late arrivals. */
  readonly expected: number;
  /** It may hold more messages than one rendering should: it is counted, and cut if it does, before it is rendered. */
  readonly uncounted?: true;
  /** What rendering came to; absent before it is done. */
  readonly rendered?: RenderedSet;
  /** What a writer of its zips found gone or damaged: the set is rendered once more, so that all its zips and mails say so. */
  readonly lost?: readonly LostContent[];
}

export interface LostContent {
  readonly sha256: string;
  readonly code: string;
}

export interface RenderedSet {
  /** Names the spooled documents and the index; absent once they were found lost, so that the set is rendered again. */
  readonly spool?: string;
  /** SHA-256 of the index: renderings with the same one make the same zips. */
  readonly digest: string;
  readonly parts: number;
  readonly userPrincipalName: string;
  readonly messages: number;
  readonly attachments: number;
  /** Of its documents and contents, before they are zipped. */
  readonly bytes: number;
  readonly missing: readonly Reason[];
  /** It tells of what its set has lost. */
  readonly tellsLost?: true;
}

/** A zip that is written: there is a row when there is a blob, never before. */
export interface WrittenZip {
  readonly set: number;
  /** Of the rendering it was made from: it counts while that is the set's. */
  readonly digest: string;
  /** From 1. */
  readonly number: number;
  readonly blob: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Contents that went away since the set was rendered. */
  readonly lost: readonly Reason[];
}

export type ZipName = Pick<WrittenZip, "set" | "digest" | "number">;

export interface Versioned<T> {
  readonly value: T;
  readonly etag: string;
}

/** The rows of downloads. Errors: `storage.unavailable` when a retry may help; `storage.changed` where named. */
export interface DownloadStore {
  insert(organizationId: string, download: Download): Promise<void>;
  find(organizationId: string, downloadId: string): Promise<Versioned<Download> | undefined>;
  /** Newest first, at most `limit`, those before the id `after`. */
  list(organizationId: string, limit: number, after?: string): Promise<Download[]>;
  /** Throws `storage.changed` when somebody wrote since. */
  replace(organizationId: string, known: Versioned<Download>, next: Download): Promise<void>;
  remove(organizationId: string, downloadId: string): Promise<void>;

  /** Idempotent: sets that are there stay as they are. */
  addSets(organizationId: string, downloadId: string, sets: readonly FileSet[]): Promise<void>;
  set(organizationId: string, downloadId: string, set: number): Promise<Versioned<FileSet> | undefined>;
  /** In the order of their numbers, from `first` on; all without. */
  sets(organizationId: string, downloadId: string, first?: number): AsyncGenerator<FileSet>;
  /** Throws `storage.changed` when somebody was first. */
  replaceSet(organizationId: string, downloadId: string, known: Versioned<FileSet>, next: FileSet): Promise<void>;
  /** Puts several sets, at most 100, the first of the same number, in the place of one: all or none. Throws `storage.changed` when somebody
   * was first. */
  cutSet(
    organizationId: string,
    downloadId: string,
    known: Versioned<FileSet>,
    next: readonly FileSet[],
  ): Promise<void>;

  /** False when another writer was first: its zip counts. */
  addZip(organizationId: string, downloadId: string, zip: WrittenZip): Promise<boolean>;
  zip(organizationId: string, downloadId: string, zip: ZipName): Promise<WrittenZip | undefined>;
  /** In the order of sets, renderings and numbers, from the set `first` on; all without. */
  zips(organizationId: string, downloadId: string, first?: number): AsyncGenerator<WrittenZip>;
  removeRows(organizationId: string, downloadId: string): Promise<void>;

  /** Notes how many messages of a set are rendered so far: to be shown, nothing depends on it. */
  noteRendered(organizationId: string, downloadId: string, noted: RenderedSoFar): Promise<void>;
  renderedSoFar(organizationId: string, downloadId: string): AsyncGenerator<RenderedSoFar>;

  /** Lists a download as one that has not ended, or changes how it is listed. */
  addOpen(open: OpenDownload): Promise<void>;
  /** Of all organizations. */
  open(): AsyncGenerator<OpenDownload>;
  removeOpen(organizationId: string, downloadId: string): Promise<void>;

  addExpiry(expiry: Expiry): Promise<void>;
  /** Those due before that instant, oldest first. */
  due(before: Instant): AsyncGenerator<Expiry>;
  removeExpiry(expiry: Expiry): Promise<void>;
}

export interface RenderedSoFar {
  readonly set: number;
  readonly messages: number;
}

export interface OpenDownload {
  readonly organizationId: string;
  readonly downloadId: string;
  readonly since: Instant;
  /** How often its build was found dead and started again. */
  readonly resumes: number;
}

export interface Expiry {
  readonly at: Instant;
  readonly organizationId: string;
  readonly downloadId: string;
}
