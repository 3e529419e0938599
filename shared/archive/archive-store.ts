import type { Readable } from "node:stream";
import type { Instant } from "../platform/time.ts";
import type { PackSummary } from "./pack.ts";

/** Whose archive: an account of an organization, both by our ids. */
export interface ArchiveOf {
  readonly organizationId: string;
  readonly accountId: string;
}

/** A committed pack. `chats` is absent where the list was too long for a row. */
export interface PackRow extends Omit<PackSummary, "chats"> {
  /** UTC month of creation of all its messages, `yyyy-MM` or `unknown`. */
  readonly month: string;
  readonly sha256: string;
  /** Size of the blob. */
  readonly bytes: number;
  /** Messages of which no version was archived before. */
  readonly messages: number;
  readonly chats?: PackSummary["chats"];
  readonly runId: string;
}

/** A closed stretch of `lastModifiedDateTime`, `from` included and `to` excluded. The checkpoint of an account is the union
 * of its done windows. */
export interface WindowRow {
  readonly from: Instant;
  readonly to: Instant;
  readonly state: "pending" | "done";
  /** The run that planned it, then the run that finished it. */
  readonly runId: string;
  /** Rows that Graph returned; what it charges for, where it charges. */
  readonly seen: number;
  readonly added: number;
  readonly unchanged: number;
  /** Rows without chatId or id: they cannot be kept apart and are reported as failed. */
  readonly malformed: number;
  /** Where a window that cannot be split further goes on. */
  readonly nextLink?: string;
}

/** What an account has in the archive: sums over its packs, written by each run anew. */
export interface ArchiveTotals {
  readonly messages: number;
  readonly versions: number;
  /** Packs and contents that its chats name; contents that several accounts share count for each. */
  readonly storedBytes: number;
  readonly firstMessageAt?: Instant;
  readonly lastMessageAt?: Instant;
  readonly lastRun: {
    readonly runId: string;
    readonly status: string;
    readonly finishedAt: Instant;
    readonly newMessages: number;
    readonly failedItems: number;
  };
}

export interface ManifestRow {
  readonly number: number;
  readonly sha256: string;
  readonly runId: string;
  /** Contents of the account's chats that its run stored. */
  readonly contents: number;
  readonly contentBytes: number;
}

/** Packs, windows and manifests of an account. Readers start from the rows: what is not committed does not exist.
 * Errors: `storage.unavailable` when a retry may help; anything else is a bug or damage. */
export interface ArchiveStore {
  /** Idempotent: a blob of that name has those bytes. */
  putPack(of: ArchiveOf, month: string, sha256: string, bytes: Buffer): Promise<void>;
  /** Throws `storage.not_found`. */
  openPack(of: ArchiveOf, pack: { readonly month: string; readonly sha256: string }): Promise<Readable>;
  /** In the order of months, `unknown` last; both bounds included. */
  packs(of: ArchiveOf, months?: { readonly from: string; readonly to: string }): AsyncGenerator<PackRow>;
  windows(of: ArchiveOf): AsyncGenerator<WindowRow>;
  window(of: ArchiveOf, from: Instant, to: Instant): Promise<WindowRow | undefined>;
  /** Makes packs visible and marks windows, each write idempotent by its key. In one transaction up to 100 rows; beyond
   * that in several, windows last, so a window is never done before its packs are visible. */
  commit(
    of: ArchiveOf,
    packs: readonly PackRow[],
    windows: readonly WindowRow[],
    removed?: readonly WindowRow[],
  ): Promise<void>;
  totals(of: ArchiveOf): Promise<ArchiveTotals | undefined>;
  putTotals(of: ArchiveOf, totals: ArchiveTotals): Promise<void>;
  /** In the order of their numbers. */
  manifests(of: ArchiveOf): AsyncGenerator<ManifestRow>;
  /** Gives a manifest whose blob was written, and whose row was not, its row. */
  adoptManifest(of: ArchiveOf, number: number): Promise<void>;
  /** Writes blob, then row. The same number with other bytes throws `storage.conflict`. */
  putManifest(of: ArchiveOf, manifest: ManifestRow, bytes: Buffer): Promise<void>;
}
