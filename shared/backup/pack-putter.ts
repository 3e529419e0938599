import type { ArchiveOf, ArchiveStore, PackRow } from "../archive/archive-store.ts";
import { encodePack, type PackLine } from "../archive/pack.ts";
import { belongs, decidable, knownBySound, knownElsewhere } from "./known-versions.ts";
import type { Instant } from "../platform/time.ts";
import type { TimeWindow } from "./plan-windows.ts";

/** The reading of a window that begins. */
export interface WindowReading {
  readonly window: TimeWindow;
  readonly runId: string;
  readonly since: Instant;
}

interface Putting extends WindowReading {
  /** Hashes of packs that cannot be read: those that prove to be are added, one that is written anew is taken out. */
  readonly damaged: Set<string>;
}

/** Graph shows a message as it is, up to a day late, and never as it was before. What was read of a stretch so long after its end cannot
 * be followed or preceded by another version of the same message that was modified so long before the reading: leaves room for wrong
 * clocks. */
const SETTLED_MS = 7 * 86_400_000;

/** Puts versions of one month, less those that are archived, as a pack, and answers its row, to be committed. `isNew`: whether a version
 * is the first of its message, as far as the window knows. */
export type PutPack = (
  month: string,
  lines: readonly PackLine[],
  isNew: (line: PackLine) => boolean,
) => Promise<PackRow[]>;

/** What belongs to the window is known already; versions of messages that may have others elsewhere are looked up month by month. */
export function packPutter(store: ArchiveStore, of: ArchiveOf, { window, runId, since, damaged }: Putting): PutPack {
  /** The very bytes that its name promises: it has a row already. */
  const mend = async (month: string, sha256: string, bytes: Buffer): Promise<PackRow[]> => {
    const isGone = await store.removePackFile(of, { month, sha256 });
    await store.putPack(of, month, sha256, bytes);
    if (isGone) damaged.delete(sha256);
    return [];
  };
  const settled = since - SETTLED_MS >= window.to ? { settledUntil: since - SETTLED_MS } : {};
  return async (month, lines, isNew) => {
    const asked = lines.filter((line) => !decidable(line, window));
    const isOfWindow = lines.every((line) => belongs(line, window));
    const where = { passedOver: damaged, ...(isOfWindow && { modifiedBefore: window.to }) };
    const elsewhere = await knownBySound(damaged, () => knownElsewhere(store, of, month, asked, where));
    const fresh = lines.filter((line) => !elsewhere.versions.has(line));
    if (fresh.length === 0) return [];
    const messages = fresh.filter((line) => !elsewhere.messages.has(line) && isNew(line)).length;
    const { sha256, bytes, summary } = await encodePack(fresh);
    if (damaged.has(sha256)) return mend(month, sha256, bytes);
    await store.putPack(of, month, sha256, bytes);
    return [{ ...summary, month, sha256, bytes: bytes.length, messages, runId, ...(isOfWindow && settled) }];
  };
}
