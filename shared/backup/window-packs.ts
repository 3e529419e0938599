import type { ArchiveOf, ArchiveStore, PackRow, Stamp } from "../archive/archive-store.ts";
import { type PackLine, packLine } from "../archive/pack.ts";
import { type MessageVersion, monthOf } from "../archive/version.ts";
import { HeldBytes } from "./held-bytes.ts";
import { KeySet } from "./key-set.ts";
import { belongs, knownBySound, knownIn, type KnownOfWindow, nothing } from "./known-versions.ts";
import { lessKnown } from "./less-known.ts";
import { packPutter, type WindowReading } from "./pack-putter.ts";

const PACK_BYTES = 16 * 1024 * 1024;
/** Of versions that are looked up at the very end. */
const STRAY_BYTES = 16 * 1024 * 1024;

/** Collects the versions of one window that the archive does not know, and packs them by month of creation. */
export interface WindowPacks {
  /** False when the version is known already. */
  add(version: MessageVersion): Promise<boolean>;
  /** Puts what is held and was modified inside the window. */
  finish(): Promise<void>;
  /** After `finish`, the rows of all its packs, to be committed, less versions that others have committed as of this stamp. To be
   * asked again when somebody committed meanwhile. */
  own(stamp: Stamp): Promise<readonly PackRow[]>;
  /** Puts the rest, of other times, as far as nobody has committed it by now; answers the rows. To be asked again when somebody
   * committed meanwhile. */
  strays(): Promise<readonly PackRow[]>;
  /** Tells that these are committed: neither `own` nor `strays` answers them again. */
  committed(rows: readonly PackRow[]): Promise<void>;
  /** Whether a pack that may hold some of it could not be read: then all that Graph still has of it is taken for new. */
  isInDoubt(): boolean;
  /** Whether so much of other times is held that it had better be committed. */
  isFull(): boolean;
  /** Of how many versions the names are held: what is known, and what is new. */
  names(): number;
  /** Lets go of what is held; to be called in the end, whatever came of it. */
  drop(): void;
}

interface Open {
  readonly lines: PackLine[];
  bytes: number;
}

/** Reads what is known first: the keys of committed packs whose modified range meets the window. A version created before
 * the window may have earlier versions elsewhere; those are looked up month by month when they are packed, so that
 * `messages` counts each message once. */
export function openWindowPacks(store: ArchiveStore, of: ArchiveOf, begun: WindowReading): WindowPacks {
  const { window } = begun;
  const damaged = new Set<string>();
  const put = packPutter(store, of, { ...begun, damaged });
  const open = async () => {
    const stamp = await store.stamp(of);
    const seen = () => knownIn(store, of, window, { ...nothing(), packs: new Set(damaged) });
    return (opened = { stamp, ...(await knownBySound(damaged, seen)) });
  };
  let opened: ({ readonly stamp: Stamp } & KnownOfWindow) | undefined;
  // Most windows of most accounts are empty, and need none of it.
  let reading: ReturnType<typeof open> | undefined;
  const knownHere = () => (reading ??= open());
  const months = new Map<string, Open>();
  const strays = new Map<string, Open>();
  let rows: PackRow[] = [];
  const firsts = KeySet.ofVersions();
  let meanwhile: KnownOfWindow | undefined;
  let strayFirsts: Set<PackLine> | undefined;
  let strayBytes = 0;
  const held = new HeldBytes();
  let packing: Promise<void> | undefined;

  const largest = (): string => [...months].reduce((a, b) => (b[1].bytes > a[1].bytes ? b : a))[0];
  /** One pack at a time, for which all who bring more wait: what is being packed is still held. */
  const makeRoom = async (): Promise<void> => {
    while (months.size > 0 && held.isMuch) {
      await (packing ??= pack(largest()).finally(() => (packing = undefined)));
    }
  };

  const pack = async (month: string): Promise<void> => {
    const { messages } = await knownHere();
    const taken = months.get(month);
    if (!taken) return;
    months.delete(month);
    try {
      rows.push(...(await put(month, taken.lines, (line) => messages.add(line) && firsts.add(line))));
    } finally {
      held.add(-taken.bytes);
    }
  };

  return {
    async add(version) {
      const known = await knownHere();
      if (!known.versions.add(version)) return false;
      const month = monthOf(version.createdAt);
      const line = packLine(version);
      const group = belongs(version, window) ? months : strays;
      const into = group.get(month) ?? { lines: [], bytes: 0 };
      group.set(month, into);
      into.lines.push(line);
      into.bytes += line.line.length;
      // To be looked up at the very end: they stay.
      if (group === strays) {
        strayBytes += line.line.length;
        return true;
      }
      held.add(line.line.length);
      if (into.bytes >= PACK_BYTES) await pack(month);
      await makeRoom();
      return true;
    },
    async finish() {
      for (const month of [...months.keys()].sort()) await pack(month);
    },
    async own({ etag }) {
      const known = await reading;
      if (!known || known.stamp.etag === etag) return rows;
      meanwhile ??= { ...nothing(), packs: known.packs };
      const before = meanwhile.versions.size;
      await knownIn(store, of, window, meanwhile);
      if (meanwhile.versions.size > before) rows = await lessKnown(store, of, rows, { meanwhile, firsts });
      return rows;
    },
    async strays() {
      const { messages } = await knownHere();
      const lines = [...strays.values()].flatMap((group) => group.lines);
      const firstOfStrays = (strayFirsts ??= new Set(lines.filter((line) => messages.add(line))));
      const packed: PackRow[] = [];
      for (const [month, { lines }] of strays)
        packed.push(...(await put(month, lines, (line) => firstOfStrays.has(line))));
      return packed;
    },
    async committed(done) {
      const { packs } = await knownHere();
      for (const { sha256 } of done) packs.add(sha256);
      rows = rows.filter(({ sha256 }) => !packs.has(sha256));
    },
    isInDoubt: () => damaged.size > 0,
    isFull: () => strayBytes >= STRAY_BYTES,
    names: () => opened?.versions.size ?? 0,
    drop() {
      held.drop();
      months.clear();
      strays.clear();
    },
  };
}
