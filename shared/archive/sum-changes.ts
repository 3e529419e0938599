import type { PackRow } from "./archive-store.ts";
import type { ArchiveSums, PackChange } from "./manifest-store.ts";

const NOTHING: ArchiveSums = { messages: 0, versions: 0, packs: 0, packBytes: 0, contentBytes: 0 };

/** The sums after changes. `rows` are those of the packs that came: what takes their place later lies in the same span. */
export function sumChanges(
  before: ArchiveSums = NOTHING,
  changes: readonly PackChange[],
  rows: readonly PackRow[],
  contentBytes: number,
): ArchiveSums {
  const more = changes.flatMap(({ added }) => added);
  const less = changes.flatMap(({ replaced = [], removed }) => [...replaced, ...(removed?.packs ?? [])]);
  const sum = (of: "messages" | "versions" | "bytes") =>
    more.reduce((total, pack) => total + pack[of], 0) - less.reduce((total, pack) => total + pack[of], 0);
  const first = Math.min(before.firstMessageAt ?? Infinity, ...rows.map((row) => row.firstCreated ?? Infinity));
  const last = Math.max(before.lastMessageAt ?? -Infinity, ...rows.map((row) => row.lastCreated ?? -Infinity));
  return {
    messages: before.messages + sum("messages"),
    versions: before.versions + sum("versions"),
    packs: before.packs + more.length - less.length,
    packBytes: before.packBytes + sum("bytes"),
    contentBytes: before.contentBytes + contentBytes,
    ...(Number.isFinite(first) ? { firstMessageAt: first, lastMessageAt: last } : {}),
  };
}
