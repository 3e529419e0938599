import type { Instant } from "../platform/time.ts";
import type { ArchiveOf } from "./archive-store.ts";
import type { ManifestPack, Removal } from "./manifest.ts";

/** Sums over all that an account has. */
export interface ArchiveSums {
  readonly messages: number;
  readonly versions: number;
  readonly packs: number;
  readonly packBytes: number;
  /** Of contents that its runs stored; what several accounts share counts for each. */
  readonly contentBytes: number;
  readonly firstMessageAt?: Instant;
  readonly lastMessageAt?: Instant;
}

export interface ManifestRow {
  readonly number: number;
  readonly sha256: string;
  readonly runId: string;
  /** As its manifest has them: each is made from the row before, so that nothing has to be read again. */
  readonly sums: ArchiveSums;
}

/** Packs that one commit made visible, one compaction put in the place of others, or one removal took away. Written in the
 * same transaction, and kept until a manifest tells of it. */
export interface PackChange {
  /** Empty for a removal alone: its first pack, in either, names the change. */
  readonly added: readonly ManifestPack[];
  /** What went, where something went. */
  readonly replaced?: readonly ManifestPack[];
  readonly removed?: Removal;
}

/** The manifests of an account, and what the next one has to tell. */
export interface ManifestStore {
  /** Ids of the accounts that have files of manifests, in order, after that one: whether or not they have rows. */
  withManifests(organizationId: string, after?: string): AsyncGenerator<string>;
  /** All that no manifest tells of yet, and what the last one tells until it is forgotten. */
  changes(of: ArchiveOf): AsyncGenerator<PackChange>;
  forgetChanges(of: ArchiveOf, changes: readonly PackChange[]): Promise<void>;
  /** One look-up, however many there are. */
  lastManifest(of: ArchiveOf): Promise<ManifestRow | undefined>;
  /** In the order of their numbers. */
  manifests(of: ArchiveOf): AsyncGenerator<ManifestRow>;
  /** Manifests are never deleted: one that is missing throws `archive.damaged`. */
  readManifest(of: ArchiveOf, number: number): Promise<Buffer>;
  /** Writes blob, then row, which is the last one from then on. Idempotent; the same number with other bytes throws
   * `storage.conflict`. */
  putManifest(of: ArchiveOf, manifest: ManifestRow, bytes: Buffer): Promise<void>;
}
