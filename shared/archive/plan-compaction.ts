/** More packs than these make every reading of their month slow. */
export const MOST_PACKS = 32;
/** Below this a compaction brings too little to be worth the copying. */
const FEWEST_JOINED = 8;
/** One transaction takes two rows of each away. */
const MOST_JOINED = 48;
/** Unpacked. */
const LARGEST_BYTES = 256 * 1024 * 1024;

interface Sized {
  readonly unpackedBytes: number;
}

/** Which packs of one month to make one of: none while they are few, else the smallest. Larger ones are left out as long as
 * they outweigh all that are smaller, so that a version is copied about as often as its pack doubles, not with every compaction. */
export function planCompaction<P extends Sized>(packs: readonly P[]): P[] {
  if (packs.length <= MOST_PACKS) return [];
  const joined: P[] = [];
  let bytes = 0;
  for (const pack of [...packs].sort((a, b) => a.unpackedBytes - b.unpackedBytes)) {
    if (joined.length === MOST_JOINED || bytes + pack.unpackedBytes > LARGEST_BYTES) break;
    if (joined.length >= FEWEST_JOINED && pack.unpackedBytes > bytes) break;
    joined.push(pack);
    bytes += pack.unpackedBytes;
  }
  return joined.length < FEWEST_JOINED ? [] : joined;
}
