import { isAppError } from "../../platform/errors.ts";
import type { Step } from "../../platform/activity.contract.ts";
import type { ArchiveOf, ArchiveStore } from "../archive-store.ts";
import { decodeManifest, toldChanges } from "../manifest.ts";
import type { PackChange } from "../manifest-store.ts";
import { judge, type JudgeDeps, type StoredBlob } from "./leftovers.ts";

export interface SweepAccountDeps extends JudgeDeps {
  readonly archive: ArchiveStore;
}

/** Longer than any writer takes from a put to its commit, and any reader from a row to its file. */
const GRACE_MS = 3 * 86_400_000;

/** Removes packs of an account that neither a row nor a manifest names, and manifests behind the last one: what crashes, lost
 * races and compactions left. An account without any row is left alone: what has files and no rows lost its table. */
export async function sweepAccount(deps: SweepAccountDeps, of: ArchiveOf): Promise<Step<{ removed: number }>> {
  const { leftovers } = deps;
  let removed = 0;
  for await (const blobs of byMonth(leftovers.list(of.organizationId, `messages/${of.accountId}/`)))
    removed += await sweepMonth(deps, of, blobs);
  for await (const blob of leftovers.list(of.organizationId, `manifests/${of.accountId}/`)) {
    const last = (await deps.archive.lastManifest(of))?.number ?? 0;
    const isNamed = !(Number.parseInt(blob.name.split("/")[2] ?? "", 10) > last);
    if (await judge(deps, of.organizationId, blob, { isNamed, graceMs: GRACE_MS })) removed += 1;
  }
  return { status: "done", result: { removed } };
}

async function* byMonth(blobs: AsyncGenerator<StoredBlob>): AsyncGenerator<StoredBlob[]> {
  let group: StoredBlob[] = [];
  for await (const blob of blobs) {
    if (group[0] && monthIn(group[0]) !== monthIn(blob)) {
      yield group;
      group = [];
    }
    group.push(blob);
  }
  if (group.length > 0) yield group;
}

const monthIn = ({ name }: StoredBlob): string => name.split("/")[2] ?? "";
const sha256In = ({ name }: StoredBlob): string => name.split("/")[3]?.slice(0, 64) ?? "";

async function sweepMonth(deps: SweepAccountDeps, of: ArchiveOf, blobs: readonly StoredBlob[]): Promise<number> {
  const month = blobs[0] ? monthIn(blobs[0]) : "";
  const named = new Set<string>();
  for await (const { sha256 } of deps.archive.packs(of, { from: month, to: month })) named.add(sha256);
  const unnamed = new Set(blobs.map(sha256In).filter((sha256) => !named.has(sha256)));
  const told = unnamed.size === 0 ? unnamed : await toldAmong(deps.archive, of, unnamed);
  let removed = 0;
  for (const blob of blobs) {
    const isNamed = !unnamed.has(sha256In(blob)) || told.has(sha256In(blob));
    if (await judge(deps, of.organizationId, blob, { isNamed, graceMs: GRACE_MS })) removed += 1;
  }
  return removed;
}

/** Those that manifests and changes tell to be there, whatever became of their rows; all of them where a manifest cannot be read. */
async function toldAmong(
  archive: ArchiveStore,
  of: ArchiveOf,
  names: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const told = new Set<string>();
  const play = ({ added, replaced = [], removed }: PackChange) => {
    for (const { sha256 } of [...replaced, ...(removed?.packs ?? [])]) told.delete(sha256);
    for (const { sha256 } of added) if (names.has(sha256)) told.add(sha256);
  };
  try {
    for await (const { number, sha256 } of archive.manifests(of))
      toldChanges(decodeManifest(await archive.readManifest(of, number), sha256)).forEach(play);
  } catch (error) {
    if (isAppError(error, "archive.damaged")) return names;
    throw error;
  }
  for await (const change of archive.changes(of)) play(change);
  return told;
}
