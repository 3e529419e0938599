import type { ArchiveOf, ArchiveStore, ArchiveTotals } from "../archive-store.ts";
import { joinWindows } from "../join-windows.ts";
import { type ManifestPack, manifestPack } from "../manifest.ts";
import type { ManifestRow, PackChange } from "../manifest-store.ts";
import { enterPack, type PackLedger } from "./pack-ledger.ts";

type Stretches = ReturnType<typeof joinWindows>;

/** What an account's rows say, all at one moment. */
export interface StillRows {
  readonly last?: ManifestRow;
  readonly changes: readonly PackChange[];
  /** The rows by month, and those by last modification, which must say the same. */
  readonly packs: PackLedger;
  readonly entries: PackLedger;
  /** Windows that are done, and those to be read, some of them again. */
  readonly windows: Stretches;
  /** Those that a manifest tells of. */
  readonly sealed: Stretches;
  readonly totals?: ArchiveTotals;
}

const TRIES = 5;

/** Reads the rows of an account while nobody changes them: packs come and go together with a row that tells of it, so what
 * reads the same before and after has stood still in between. Undefined where a run writes faster than that. */
export async function readStillRows(store: ArchiveStore, of: ArchiveOf): Promise<StillRows | undefined> {
  let before = await evidence(store, of);
  for (let tries = 0; tries < TRIES; tries++) {
    const rows = await readRows(store, of);
    const after = await evidence(store, of);
    if (after.mark === before.mark) return { ...rows, ...after };
    before = after;
  }
  return undefined;
}

async function evidence(store: ArchiveStore, of: ArchiveOf) {
  const [last, changes, totals] = await Promise.all([
    store.lastManifest(of),
    Array.fromAsync(store.changes(of)),
    store.totals(of),
  ]);
  const mark = JSON.stringify([last, changes, totals]);
  return { mark, changes, ...(last ? { last } : {}), ...(totals ? { totals } : {}) };
}

async function readRows(store: ArchiveStore, of: ArchiveOf) {
  const windows = await Array.fromAsync(store.windows(of));
  const sealed = windows.filter((window) => window.state === "done" && window.sealed);
  const [packs, entries] = [
    await ledgerOf(store.packs(of), manifestPack),
    await ledgerOf(store.packsModifiedSince(of, 0), manifestPack),
  ];
  return { packs, entries, windows: joinWindows(windows), sealed: joinWindows(sealed) };
}

async function ledgerOf<T>(rows: AsyncIterable<T>, toPack: (row: T) => ManifestPack): Promise<PackLedger> {
  const ledger: PackLedger = new Map();
  for await (const row of rows) enterPack(ledger, toPack(row));
  return ledger;
}
