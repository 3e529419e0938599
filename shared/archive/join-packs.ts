import type { ArchiveOf, ArchiveStore, PackRow } from "./archive-store.ts";
import { mergeSorted } from "./merge.ts";
import { decodeLines, type PackLine, zipLines } from "./pack.ts";
import { openSummary } from "./pack-summary.ts";
import { compareVersions } from "./version.ts";

/** Puts one pack with all that the given ones of a month hold, and answers its row, which is not committed. Memory is one
 * buffer per pack. Throws what reading any of them throws, `archive.damaged` above all, and then nothing is put. */
export async function joinPacks(
  store: ArchiveStore,
  of: ArchiveOf,
  month: string,
  packs: readonly PackRow[],
  runId: string,
): Promise<PackRow> {
  const summary = openSummary();
  let messages = 0;
  async function* noted(): AsyncGenerator<PackLine> {
    let last: PackLine | undefined;
    for await (const version of distinct(mergeSorted(packs.map(linesOf), compareVersions))) {
      summary.add(version, Buffer.byteLength(version.line) + 1);
      if (last?.id !== version.id || last.chatId !== version.chatId) messages += 1;
      last = version;
      yield version;
    }
  }
  async function* linesOf(pack: PackRow): AsyncGenerator<PackLine> {
    yield* decodeLines(await store.openPack(of, pack), pack.sha256);
  }
  const named = await store.putPackStream(of, month, zipLines(noted()));
  const counted = packs.reduce((sum, pack) => sum + pack.messages, 0);
  const level = 1 + Math.max(...packs.map((pack) => pack.level ?? 0));
  const settledUntil = Math.min(...packs.map((pack) => pack.settledUntil ?? Number.NEGATIVE_INFINITY));
  const settled = Number.isFinite(settledUntil) ? { settledUntil } : {};
  // A message whose first version came twice at the same time was counted twice.
  return { ...summary.end(), ...named, month, messages: Math.min(messages, counted), runId, level, ...settled };
}

/** Leaves out what stands there twice. Versions of one name whose text differs all stay: nothing that is stored is dropped. */
async function* distinct(sorted: AsyncIterable<PackLine>): AsyncGenerator<PackLine> {
  let alike: PackLine[] = [];
  for await (const version of sorted) {
    if (alike[0] && compareVersions(alike[0], version) !== 0) alike = [];
    if (alike.some(({ line }) => line === version.line)) continue;
    alike.push(version);
    yield version;
  }
}
