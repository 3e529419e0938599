import { again, type Step } from "../platform/activity.contract.ts";
import { isAppError, unless } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import type { ArchiveOf, ArchiveStore, PackRow } from "./archive-store.ts";
import { joinPacks } from "./join-packs.ts";
import { type Chain, openChain } from "./manifest-chain.ts";
import { planCompaction } from "./plan-compaction.ts";

export interface CompactPacksDeps {
  readonly archive: ArchiveStore;
  readonly now: () => Instant;
}

type InRun = ArchiveOf & { readonly runId: string };

/** Joins the packs of months that have many. Looks at the months alone that got packs since the last compaction, and at
 * packs alone that a manifest tells of, so that the next one can say what took their place. A repeat goes on where the last
 * one was committed. Damaged packs are left as they are, and named when the other months are done. */
export async function compactPacks(
  deps: CompactPacksDeps,
  run: InRun,
  deadline: Instant,
): Promise<Step<Record<string, never>>> {
  const of = { organizationId: run.organizationId, accountId: run.accountId };
  // A manifest that is damaged is named where the next one is written.
  const chain = await openChain(deps.archive, of).catch(unless("archive.damaged"));
  // Before the first manifest every pack is untold.
  if (!chain?.last) return { status: "done", result: {} };
  const untold = new Set(chain.changes.flatMap(({ added }) => added).map(({ sha256 }) => sha256));
  const before = untold.size;
  let isDamaged = false;
  for (const month of grownMonths(chain)) {
    const ending = await compactMonth(deps, of, { month, untold, runId: run.runId }, deadline);
    if (ending === "again") return again(untold.size > before);
    isDamaged ||= ending === "damaged";
  }
  return isDamaged ? { status: "failed", code: "archive.damaged" } : { status: "done", result: {} };
}

async function compactMonth(
  { archive, now }: CompactPacksDeps,
  of: ArchiveOf,
  { month, untold, runId }: { readonly month: string; readonly untold: Set<string>; readonly runId: string },
  deadline: Instant,
): Promise<"done" | "again" | "damaged"> {
  for (;;) {
    const packs = planCompaction(await packsOf(archive, of, month, untold));
    if (packs.length === 0) return "done";
    if (now() >= deadline) return "again";
    const joined = await joinPacks(archive, of, month, packs, runId).catch(unless("archive.damaged"));
    if (!joined) return "damaged";
    try {
      await archive.replacePacks(of, packs, joined);
      untold.add(joined.sha256);
    } catch (error) {
      // Somebody did the same at the same time and was first.
      if (isAppError(error, "storage.not_found")) return "again";
      throw error;
    }
  }
}

function grownMonths({ last, changes }: Chain): Set<string> {
  const added = [...(last?.manifest.packs.added ?? []), ...changes.flatMap((change) => change.added)];
  return new Set(added.map(({ month }) => month));
}

async function packsOf(
  archive: ArchiveStore,
  of: ArchiveOf,
  month: string,
  untold: ReadonlySet<string>,
): Promise<PackRow[]> {
  const rows = await Array.fromAsync(archive.packs(of, { from: month, to: month }));
  return rows.filter(({ sha256 }) => !untold.has(sha256));
}
