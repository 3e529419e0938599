import type { ArchiveOf, ArchiveStore } from "../archive-store.ts";
import { manifestName, packName } from "../blob-names.ts";
import { unless } from "../../platform/errors.ts";
import { decodeManifest, isErasure, type Manifest } from "../manifest.ts";
import { isToldBy } from "../manifest-chain.ts";
import { checkChain, type Report, type Told } from "./check-chain.ts";
import type { CheckPackDeps } from "./check-pack.ts";
import { compareLedgers, enterChange, type LedgerDifference } from "./pack-ledger.ts";
import { readStillRows, type StillRows } from "./still-rows.ts";

/** Holds an account's rows and its chain of manifests against each other. Answers how many manifests there are; undefined while
 * a run writes: ask again. */
export async function checkStructure(
  { archive: store, isBeingErased }: Pick<CheckPackDeps, "archive" | "isBeingErased">,
  of: ArchiveOf,
  report: Report,
): Promise<number | undefined> {
  const rows = await readStillRows(store, of);
  if (!rows) return undefined;
  if (await isWithoutRows(store, of, rows)) {
    const detail = "It tells of packs, and the account has no rows: they are lost";
    await report({ code: "manifest.row_missing", path: manifestName(of, 1), detail });
  }
  const told = await checkChain(store, of, rows.last, report);
  for (const { month, wanted, found } of compareLedgers(rows.packs, rows.entries)) {
    const detail = `Rows by month: ${wanted}; rows by last modification: ${found}`;
    await report({ code: "pack.rows_differ", path: folder(of, month), detail });
  }
  if (!told.isWhole) return told.manifests;
  await comparePacks(store, of, rows, told, report);
  // The manifest that tells of an erasure comes before the rows of windows and sums go.
  if (told.last && isErasure(told.last) && (await isBeingErased(of))) return told.manifests;
  await compareWindows(of, rows, told, report);
  if (told.last) await compareTotals(of, rows, told.last, report);
  return told.manifests;
}

/** Whether the first manifest tells of packs that no row ever named. Where a host died between that file and its row, the packs and their
 * changes have theirs. */
async function isWithoutRows(
  store: ArchiveStore,
  of: ArchiveOf,
  { last, packs, changes }: StillRows,
): Promise<boolean> {
  if (last || packs.size > 0 || changes.length > 0) return false;
  const first = await store.readManifest(of, 1).then((bytes) => decodeManifest(bytes), unless("archive.damaged"));
  return (first?.packs.added.length ?? 0) > 0;
}

async function comparePacks(
  store: ArchiveStore,
  of: ArchiveOf,
  rows: StillRows,
  told: Told,
  report: Report,
): Promise<void> {
  const isTold = told.last ? await isToldBy(store, of, told.last, rows.changes) : () => false;
  for (const change of rows.changes) if (!isTold(change)) enterChange(told.packs, change);
  for (const difference of compareLedgers(told.packs, rows.packs)) {
    const { wanted, found, isLess } = difference;
    const code = isLess ? "pack.row_missing" : "pack.not_in_manifests";
    await report({ code, path: pathOf(of, difference), detail: `Manifests: ${wanted}; rows: ${found}` });
  }
}

const folder = ({ accountId }: ArchiveOf, month: string): string => `messages/${accountId}/${month}/`;
const pathOf = (of: ArchiveOf, { month, sha256 }: LedgerDifference): string =>
  sha256 === undefined ? folder(of, month) : packName(of, { month, sha256 });

async function compareWindows(of: ArchiveOf, rows: StillRows, told: Told, report: Report): Promise<void> {
  const path = told.last ? manifestName(of, told.last.number) : `manifests/${of.accountId}/`;
  const inside = (all: Told["windows"], { from, to }: Told["windows"][number]) =>
    all.some((one) => one.from <= from && one.to >= to);
  if (!rows.sealed.every((stretch) => inside(told.windows, stretch)))
    await report({ code: "window.not_in_manifests", path, detail: "Rows call windows done that no manifest tells of" });
  if (!told.windows.every((stretch) => inside(rows.windows, stretch)))
    await report({ code: "window.row_missing", path, detail: "A manifest tells of windows that no row names" });
}

/** The newest manifest has none behind it that names its hash; what lists show was made from it. */
async function compareTotals(of: ArchiveOf, { totals }: StillRows, last: Manifest, report: Report): Promise<void> {
  const path = manifestName(of, last.number);
  const { messages, versions, packBytes, contentBytes } = last.totals;
  const shown = totals ?? { messages: 0, versions: 0, storedBytes: 0 };
  const same =
    shown.messages === messages && shown.versions === versions && shown.storedBytes === packBytes + contentBytes;
  if (!same)
    await report({ code: "manifest.totals_differ", path, detail: "The account's sums are not those it tells" });
  if (totals?.lastRun.runId === last.runId && totals.lastRun.status !== last.status)
    await report({ code: "manifest.status_differs", path, detail: "The account's last run ended otherwise" });
}
