import type { ArchiveOf, ArchiveStore, PackRow } from "../archive/archive-store.ts";
import { decodeLines, encodePack } from "../archive/pack.ts";
import type { KeySet } from "./key-set.ts";
import type { Known } from "./known-versions.ts";

/** Packs that were put and not committed yet, less versions that somebody else has committed meanwhile: their pack is written anew
 * without them. `firsts`: the versions by which the rows count a message. */
export async function lessKnown(
  store: ArchiveStore,
  of: ArchiveOf,
  rows: readonly PackRow[],
  { meanwhile, firsts }: { readonly meanwhile: Known; readonly firsts: KeySet },
): Promise<PackRow[]> {
  const left: PackRow[] = [];
  for (const row of rows) {
    const lines = await Array.fromAsync(decodeLines(await store.openPack(of, row), row.sha256));
    const kept = lines.filter((line) => !meanwhile.versions.has(line));
    const messages = kept.filter((line) => firsts.has(line) && !meanwhile.messages.has(line)).length;
    if (kept.length === lines.length) left.push({ ...row, messages });
    else if (kept.length > 0) {
      const { sha256, bytes, summary } = await encodePack(kept);
      await store.putPack(of, row.month, sha256, bytes);
      left.push({ ...row, ...summary, sha256, bytes: bytes.length, messages });
    }
  }
  return left;
}
