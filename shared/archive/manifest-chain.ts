import { isAppError } from "../platform/errors.ts";
import { type ArchiveOf, type ArchiveStore, NO_COUNTS, type WindowRow } from "./archive-store.ts";
import { joinWindows } from "./join-windows.ts";
import {
  decodeManifest,
  encodeManifest,
  type Manifest,
  type ManifestPack,
  manifestRow,
  manifestWindow,
} from "./manifest.ts";
import type { ManifestRow, PackChange } from "./manifest-store.ts";

export interface Chain {
  /** The last manifest and its row; absent before the first. */
  readonly last?: { readonly row: ManifestRow; readonly manifest: Manifest };
  /** What no manifest tells of. */
  readonly changes: readonly PackChange[];
  readonly windows: readonly WindowRow[];
}

/** What the next manifest of an account follows, and what it has to tell, whichever run left it behind. Takes what the last
 * one tells off the table: its changes, and its windows, which become one with those they touch. To be called by the account's
 * orchestration alone. */
export async function openChain(store: ArchiveStore, of: ArchiveOf): Promise<Chain> {
  for (;;) {
    try {
      return await takeChain(store, of);
    } catch (error) {
      // A repeat of the same activity took it off at the same time.
      if (!isAppError(error, "storage.not_found") && !isAppError(error, "storage.changed")) throw error;
    }
  }
}

async function takeChain(store: ArchiveStore, of: ArchiveOf): Promise<Chain> {
  const row = await store.lastManifest(of);
  const changes = await Array.fromAsync(store.changes(of));
  const windows = await Array.fromAsync(store.windows(of));
  if (!row) return { changes, windows: windows.filter(isUntold) };
  const manifest = decodeManifest(await store.readManifest(of, row.number), row.sha256);
  return {
    last: { row, manifest },
    changes: await forgetChanges(store, of, manifest, changes),
    windows: await joinTold(store, of, manifest, windows),
  };
}

/** Writes the next manifest. False when another one is there under its number: one whose run ended before its row was written. It
 * is the last one now, so the chain has to be opened again. */
export async function appendManifest(store: ArchiveStore, of: ArchiveOf, manifest: Manifest): Promise<boolean> {
  const bytes = encodeManifest(manifest);
  try {
    await store.putManifest(of, manifestRow(manifest, bytes), bytes);
    return true;
  } catch (error) {
    if (!isAppError(error, "storage.conflict")) throw error;
    const other = await store.readManifest(of, manifest.number);
    await store.putManifest(of, manifestRow(decodeManifest(other), other), other);
    return false;
  }
}

const isUntold = ({ state, sealed }: WindowRow): boolean => state === "done" && !sealed;

/** Whether a change is among those that a manifest tells, which the packs' rows say where it tells that a pack came and went: one that
 * has a row came again since. */
export async function isToldBy(
  store: Pick<ArchiveStore, "packs">,
  of: ArchiveOf,
  { packs }: Manifest,
  changes: readonly PackChange[],
): Promise<(change: PackChange) => boolean> {
  const names = (listed: readonly ManifestPack[]) => new Set(listed.map(({ sha256 }) => sha256));
  const came = names(packs.added);
  // A joined pack has the name of one of its parts where the others held nothing else.
  const tookPlace = names(packs.replaced.flatMap(({ by }) => by));
  const went = names(packs.removed.flatMap((removal) => removal.packs));
  const both = changes.flatMap(({ added }) => added).filter(({ sha256 }) => came.has(sha256) && went.has(sha256));
  const again = await withRow(store, of, both);
  return ({ added, replaced, removed }) =>
    removed
      ? removed.packs.every(({ sha256 }) => went.has(sha256))
      : added.every(({ sha256 }) => (replaced ? tookPlace.has(sha256) : came.has(sha256) && !again.has(sha256)));
}

/** Names of those that have a row. */
async function withRow(
  store: Pick<ArchiveStore, "packs">,
  of: ArchiveOf,
  packs: readonly ManifestPack[],
): Promise<Set<string>> {
  const found = new Set<string>();
  const wanted = new Set(packs.map(({ sha256 }) => sha256));
  for (const month of new Set(packs.map((pack) => pack.month)))
    for await (const { sha256 } of store.packs(of, { from: month, to: month }))
      if (wanted.has(sha256)) found.add(sha256);
  return found;
}

/** Answers those that are left. */
async function forgetChanges(
  store: ArchiveStore,
  of: ArchiveOf,
  manifest: Manifest,
  changes: readonly PackChange[],
): Promise<PackChange[]> {
  const isTold = await isToldBy(store, of, manifest, changes);
  await store.forgetChanges(of, changes.filter(isTold));
  return changes.filter((change) => !isTold(change));
}

/** Answers the done windows that are left. */
async function joinTold(
  store: ArchiveStore,
  of: ArchiveOf,
  manifest: Manifest,
  windows: readonly WindowRow[],
): Promise<WindowRow[]> {
  const readings = new Set(manifest.windows.map(readingOf));
  const isTold = (row: WindowRow) =>
    row.state === "done" && (row.sealed || readings.has(readingOf(manifestWindow(row))));
  const told = windows.filter(isTold);
  const joined = joinWindows(told).map(
    (window): WindowRow => ({ ...window, state: "done", runId: manifest.runId, ...NO_COUNTS, sealed: true }),
  );
  if (told.some(({ sealed }) => !sealed) || joined.length < told.length) {
    await store.commit(of, [], joined, told);
  }
  return windows.filter((row) => isUntold(row) && !isTold(row));
}

/** A window that was read again since has the bounds of one that is told, and a time or counts of its own. */
const readingOf = ({ from, to, seen, added, unchanged, malformed, readAt }: Manifest["windows"][number]): string =>
  [from, to, seen, added, unchanged, malformed, readAt].join(" ");
