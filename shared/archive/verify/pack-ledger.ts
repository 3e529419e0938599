import type { ManifestPack } from "../manifest.ts";
import type { PackChange } from "../manifest-store.ts";

interface MonthSums {
  readonly packs: number;
  readonly versions: number;
  readonly messages: number;
  readonly bytes: number;
  /** The exclusive or of all names: where one pack is missing, the difference is its name. */
  readonly names: bigint;
}

/** What packs come to, month by month: it takes no more memory for more packs, and any order gives the same. */
export type PackLedger = Map<string, MonthSums>;

const NOTHING: MonthSums = { packs: 0, versions: 0, messages: 0, bytes: 0, names: 0n };

export function enterPack(ledger: PackLedger, pack: ManifestPack, sign: 1 | -1 = 1): void {
  const before = ledger.get(pack.month) ?? NOTHING;
  ledger.set(pack.month, {
    packs: before.packs + sign,
    versions: before.versions + sign * pack.versions,
    messages: before.messages + sign * pack.messages,
    bytes: before.bytes + sign * pack.bytes,
    names: before.names ^ nameOf(pack),
  });
}

export function enterChange(ledger: PackLedger, { added, replaced = [], removed }: PackChange): void {
  for (const pack of added) enterPack(ledger, pack);
  for (const pack of [...replaced, ...(removed?.packs ?? [])]) enterPack(ledger, pack, -1);
}

export interface LedgerDifference {
  readonly month: string;
  /** Of the pack that one side has and the other has not, where it is one. */
  readonly sha256?: string;
  /** In words: packs, versions, messages and bytes of both sides. */
  readonly wanted: string;
  readonly found: string;
  readonly isLess: boolean;
}

export function compareLedgers(wanted: PackLedger, found: PackLedger): LedgerDifference[] {
  const months = [...new Set([...wanted.keys(), ...found.keys()])].sort();
  return months.flatMap((month) => {
    const [a, b] = [wanted.get(month) ?? NOTHING, found.get(month) ?? NOTHING];
    if (words(a) === words(b) && a.names === b.names) return [];
    const one = Math.abs(a.packs - b.packs) === 1 ? { sha256: (a.names ^ b.names).toString(16).padStart(64, "0") } : {};
    return [{ month, ...one, wanted: words(a), found: words(b), isLess: b.packs < a.packs }];
  });
}

const words = ({ packs, versions, messages, bytes }: MonthSums): string =>
  `${packs} packs, ${versions} versions, ${messages} messages, ${bytes} bytes`;

const nameOf = ({ sha256 }: ManifestPack): bigint => (/^[0-9a-f]{64}$/.test(sha256) ? BigInt(`0x${sha256}`) : 0n);
