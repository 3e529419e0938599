import type { Readable } from "node:stream";
import type { Instant } from "../platform/time.ts";
import type { Removal } from "./manifest.ts";
import type { ManifestStore } from "./manifest-store.ts";
import type { PackSummary } from "./pack-summary.ts";

/** Whose archive: an account of an organization, both by our ids. */
export interface ArchiveOf {
  readonly organizationId: string;
  readonly accountId: string;
}

/** A committed pack, without its chats. */
export interface PackEntry extends Omit<PackSummary, "chats"> {
  /** UTC month of creation of all its messages, `yyyy-MM` or `unknown`. */
  readonly month: string;
  readonly sha256: string;
  /** Size of the blob. */
  readonly bytes: number;
  /** Messages of which no version was archived before: over all packs, each message counts once. */
  readonly messages: number;
  readonly runId: string;
  /** How often its versions were compacted; absent: never. */
  readonly level?: number;
  /** Of a message that it holds, nobody is ever given another version that was modified before this time. Absent: nothing is sure. */
  readonly settledUntil?: Instant;
}

export interface PackRow extends PackEntry {
  /** Absent where the list was too long for a row. */
  readonly chats?: PackSummary["chats"];
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
  /** When the last of several pages was read; one page alone cannot miss anything. */
  readonly readAt?: Instant;
  /** Where a window of which much was read already, or that cannot be split further, goes on; no longer than `LONGEST_LINK`. */
  readonly nextLink?: string;
  /** When the first of the pages before that place was read. */
  readonly begunAt?: Instant;
  /** While it is pending: how many tries in a row, of whatever runs, brought it no further because Graph broke off. */
  readonly fruitless?: number;
  /** While it is pending: the window of the same run whose messages told that it is to be read again. */
  readonly disturbedBy?: string;
  /** A manifest tells of it, so that its counts are no longer here and it was joined with those it touched. */
  readonly sealed?: true;
}

/** In characters: what a row holds of one text.
 * @see https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model (64 KiB of UTF-16) */
export const LONGEST_LINK = 32 * 1024;

/** Of a window that no page came of. */
export const NO_COUNTS = { seen: 0, added: 0, unchanged: 0, malformed: 0 } as const;

/** A window as it was read. */
export interface StoredWindow extends WindowRow {
  readonly etag: string;
}

/** What tells commits of an account apart that may not know of each other. */
export interface Stamp {
  /** Changes with every commit that has a stamp; absent before the first. */
  readonly etag?: string;
}

/** What one transaction holds: 100 rows, of which a pack takes two, and 4 MB, of which it takes 80 KB on its way. `windowsAlone`: without
 * packs. */
export const AT_ONCE = { packs: 40, windows: 16, windowsAlone: 98 } as const;

/** What an account has in the archive, as of its last run. */
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
    readonly reasons: readonly { readonly code: string; readonly count: number }[];
  };
}

/** Packs, windows and manifests of an account. Readers start from the rows: what is not committed does not exist.
 * Errors: `storage.unavailable` when a retry may help; anything else is a bug or damage. */
export interface ArchiveStore extends ManifestStore {
  /** Idempotent: a blob of that name has those bytes. */
  putPack(of: ArchiveOf, month: string, sha256: string, bytes: Buffer): Promise<void>;
  /** The same for a pack of any size, named by what came; holds a few blocks of it. A body that fails leaves nothing. */
  putPackStream(
    of: ArchiveOf,
    month: string,
    bytes: AsyncIterable<Buffer>,
  ): Promise<{ readonly sha256: string; readonly bytes: number }>;
  /** Packs are never deleted: one that is missing throws `archive.damaged`. */
  openPack(of: ArchiveOf, pack: { readonly month: string; readonly sha256: string }): Promise<Readable>;
  /** Size of the blob; undefined where it is missing. */
  packSize(of: ArchiveOf, pack: { readonly month: string; readonly sha256: string }): Promise<number | undefined>;
  /** Ids of the accounts that have rows, in order, after that one. One look-up each. */
  accounts(organizationId: string, after?: string): AsyncGenerator<string>;
  /** In the order of months, `unknown` last; both bounds included. While packs are replaced it lists those that go, those that
   * come, or both. */
  packs(of: ArchiveOf, months?: { readonly from: string; readonly to: string }): AsyncGenerator<PackRow>;
  /** Those of a month that are not settled until then: the service sends no others. */
  unsettledPacks(of: ArchiveOf, month: string, until: Instant): AsyncGenerator<PackRow>;
  /** Packs whose last version was modified at `from` or later and whose first one, where that is given, before `before`; and those
   * without any such time. The service sends no others: an account has thousands, and each of its windows asks. */
  packsModifiedSince(of: ArchiveOf, from: Instant, before?: Instant): AsyncGenerator<PackEntry>;
  /** All, or those that begin in that stretch. */
  windows(of: ArchiveOf, stretch?: { readonly from: Instant; readonly to: Instant }): AsyncGenerator<WindowRow>;
  /** Those of several pages of which the last was read then or later, by other runs than that one: the service sends no others. */
  windowsReadSince(of: ArchiveOf, since: Instant, exceptRunId: string): AsyncGenerator<WindowRow>;
  window(of: ArchiveOf, from: Instant, to: Instant): Promise<StoredWindow | undefined>;
  /** Makes packs visible and marks windows, each write idempotent by its key. In one transaction as far as that goes; beyond
   * it in several, windows last, so a window is never done before its packs are visible. The windows take the place of the
   * `replaced` ones: `storage.not_found` when one is gone, `storage.changed` when one keeps its bounds and was written since.
   * With a stamp, for packs and windows `AT_ONCE` alone, all in one: `archive.overtaken` says that somebody committed with
   * one since it was read; nothing has changed then. The service deletes windows that keep no bounds whatever was written since: only a
   * stamp, read before the window was looked at, tells of that. */
  commit(
    of: ArchiveOf,
    packs: readonly PackRow[],
    windows: readonly WindowRow[],
    replaced?: readonly (WindowRow | StoredWindow)[],
    stamp?: Stamp,
  ): Promise<void>;
  stamp(of: ArchiveOf): Promise<Stamp>;
  /** Puts a pack in the place of at most 48 others of its month, in one transaction: before it those are listed, after it this
   * one. Blobs stay, for who has listed them already. Throws `storage.not_found` when one is gone: nothing has changed then. */
  replacePacks(of: ArchiveOf, packs: readonly PackEntry[], by: PackRow): Promise<void>;
  /** Takes packs from sight, each transaction with the change that tells why. Their files stay: see `removePackFile`. Throws
   * `storage.not_found` when one of them is gone already. */
  removePacks(of: ArchiveOf, why: Removal["why"], packs: readonly PackEntry[]): Promise<void>;
  /** True also where it is gone already; false where the storage forbids it. */
  removePackFile(of: ArchiveOf, pack: { readonly month: string; readonly sha256: string }): Promise<boolean>;
  /** Of an account whose packs are gone: windows and totals, so that it is as if it had never been backed up. */
  removeProgress(of: ArchiveOf): Promise<void>;
  totals(of: ArchiveOf): Promise<ArchiveTotals | undefined>;
  putTotals(of: ArchiveOf, totals: ArchiveTotals): Promise<void>;
}
