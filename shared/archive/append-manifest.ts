import { isAppError } from "../platform/errors.ts";
import type { ArchiveOf, ArchiveStore, ManifestRow, PackRow, RemovedPack } from "./archive-store.ts";
import { encodeManifest, type Manifest, manifestPack, nextNumber, removedPack } from "./manifest.ts";

/** What a manifest tells beside its place in the chain. */
export interface Told extends Pick<Manifest, "status" | "windows" | "contents" | "reasons"> {
  /** Names the run; a run writes one manifest for an account, and a repeat finds it there. */
  readonly runId: string;
  readonly added: readonly PackRow[];
  readonly removed: readonly RemovedPack[];
}

/** Adds a link to an account's chain, takes the packs that it tells of off the record of withdrawn ones, and answers the rows
 * of the whole chain. A repeat adds nothing, and leaves what was withdrawn since for the next manifest. Called by whoever
 * holds the lock of the organization's backup alone. */
export async function appendManifest(archive: ArchiveStore, of: ArchiveOf, told: Told): Promise<ManifestRow[]> {
  const manifests = await Array.fromAsync(archive.manifests(of));
  const last = manifests.at(-1);
  if (last?.runId === told.runId) return manifests;
  const { runId, status, added, removed, windows, contents, reasons } = told;
  const manifest: Manifest = {
    product: "teams-chat-vault",
    version: 1,
    organizationId: of.organizationId,
    accountId: of.accountId,
    runId,
    number: nextNumber(last),
    previous: last ? { number: last.number, sha256: last.sha256 } : null,
    status,
    packs: { added: added.map(manifestPack), removed: removed.map(removedPack) },
    windows,
    contents,
    reasons,
  };
  const { bytes, sha256 } = encodeManifest(manifest);
  const row: ManifestRow = {
    number: manifest.number,
    sha256,
    runId,
    contents: contents.stored,
    contentBytes: contents.bytes,
  };
  try {
    await archive.putManifest(of, row, bytes);
  } catch (error) {
    if (!isAppError(error, "storage.conflict")) throw error;
    // An earlier run wrote its manifest and ended before the row: it stays a link of the chain, and this one follows it.
    await archive.adoptManifest(of, row.number);
    return appendManifest(archive, of, told);
  }
  await archive.forget(of, removed);
  return [...manifests, row];
}
