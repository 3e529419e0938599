import type { ArchiveOf, ArchiveStore, PackRow } from "../archive/archive-store.ts";
import { encodePack, type PackLine, packLine } from "../archive/pack.ts";
import { type MessageVersion, monthOf } from "../archive/version.ts";
import { decidable, type Known, knownElsewhere, knownIn } from "./known-versions.ts";
import type { TimeWindow } from "./plan-windows.ts";

const PACK_BYTES = 16 * 1024 * 1024;
/** Of all windows that this process fetches: beyond it, a window that holds more than its share packs the largest of its months. */
const HELD_BYTES = 16 * 1024 * 1024;
let heldByAll = 0;
let holders = 0;

/** Collects the versions of one window that the archive does not know, and packs them by month of creation. */
export interface WindowPacks {
  /** False when the version is known already. */
  add(version: MessageVersion): Promise<boolean>;
  /** Puts what is held; answers the rows of all packs of this window, to be committed. */
  finish(): Promise<readonly PackRow[]>;
  /** Lets go of what is held; to be called in the end, whatever came of it. */
  drop(): void;
}

/** Reads what is known first: the keys of committed packs whose modified range meets the window. A version created before
 * the window may have earlier versions elsewhere; those are looked up month by month when they are packed, so that
 * `messages` counts each message once. */
export function openWindowPacks(store: ArchiveStore, of: ArchiveOf, window: TimeWindow, runId: string): WindowPacks {
  // Most windows of most accounts are empty, and need none of it.
  let reading: Promise<Known> | undefined;
  const knownHere = () => (reading ??= knownIn(store, of, window));
  const months = new Map<string, { lines: PackLine[]; bytes: number }>();
  const rows: PackRow[] = [];
  let held = 0;
  let packing: Promise<void> | undefined;

  const hold = (bytes: number): void => {
    holders += Number(held + bytes > 0) - Number(held > 0);
    held += bytes;
    heldByAll += bytes;
  };
  const largest = (): string => [...months].reduce((a, b) => (b[1].bytes > a[1].bytes ? b : a))[0];
  /** One pack at a time, for which all who bring more wait: what is being packed is still held. */
  const makeRoom = async (): Promise<void> => {
    while (months.size > 0 && heldByAll >= HELD_BYTES && held >= HELD_BYTES / holders) {
      await (packing ??= pack(largest()).finally(() => (packing = undefined)));
    }
  };

  const pack = async (month: string): Promise<void> => {
    const open = months.get(month);
    if (!open) return;
    months.delete(month);
    try {
      await put(month, open.lines);
    } finally {
      hold(-open.bytes);
    }
  };

  const put = async (month: string, lines: readonly PackLine[]): Promise<void> => {
    const known = await knownHere();
    const elsewhere = await knownElsewhere(
      store,
      of,
      month,
      lines.filter((line) => !decidable(line, window)),
    );
    const fresh = lines.filter((line) => !elsewhere.versions.has(line));
    if (fresh.length === 0) return;
    const messages = fresh.filter((line) => !elsewhere.messages.has(line) && known.messages.add(line)).length;
    const { sha256, bytes, summary } = await encodePack(fresh);
    await store.putPack(of, month, sha256, bytes);
    rows.push({ ...summary, month, sha256, bytes: bytes.length, messages, runId });
  };

  return {
    async add(version) {
      const known = await knownHere();
      if (!known.versions.add(version)) return false;
      const month = monthOf(version.createdAt);
      const line = packLine(version);
      const open = months.get(month) ?? { lines: [], bytes: 0 };
      months.set(month, open);
      open.lines.push(line);
      open.bytes += line.line.length;
      hold(line.line.length);
      if (open.bytes >= PACK_BYTES) await pack(month);
      await makeRoom();
      return true;
    },
    async finish() {
      for (const month of [...months.keys()].sort()) await pack(month);
      return rows;
    },
    drop() {
      hold(-held);
      months.clear();
    },
  };
}
