import type { Instant } from "../platform/time.ts";
import type { VersionKeys } from "./version.ts";

export interface PackSummary {
  readonly versions: number;
  readonly unpackedBytes: number;
  readonly firstCreated?: Instant;
  readonly lastCreated?: Instant;
  readonly firstModified?: Instant;
  readonly lastModified?: Instant;
  readonly chats: readonly ChatSpan[];
}

export interface ChatSpan {
  readonly chatId: string;
  readonly count: number;
  readonly first?: Instant;
  readonly last?: Instant;
}

/** Sums up versions in the order of a pack, one at a time; holds one span per chat. */
export interface OpenSummary {
  /** `bytes`: of its line, unpacked. */
  add(version: VersionKeys, bytes: number): void;
  end(): PackSummary;
}

export function openSummary(): OpenSummary {
  const chats: ChatSpan[] = [];
  let [versions, unpackedBytes] = [0, 0];
  let created: Range | undefined;
  let modified: Range | undefined;
  return {
    add({ chatId, createdAt, modifiedAt }, bytes) {
      versions += 1;
      unpackedBytes += bytes;
      created = widen(created, createdAt);
      modified = widen(modified, modifiedAt);
      const last = chats.at(-1);
      if (last?.chatId === chatId) chats[chats.length - 1] = counted(last, createdAt);
      else chats.push(counted({ chatId, count: 0 }, createdAt));
    },
    end: () => ({
      versions,
      unpackedBytes,
      ...(created && { firstCreated: created.first, lastCreated: created.last }),
      ...(modified && { firstModified: modified.first, lastModified: modified.last }),
      chats,
    }),
  };
}

interface Range {
  readonly first: Instant;
  readonly last: Instant;
}

function widen(range: Range | undefined, at: Instant | undefined): Range | undefined {
  if (at === undefined) return range;
  return { first: Math.min(range?.first ?? at, at), last: Math.max(range?.last ?? at, at) };
}

function counted(span: ChatSpan, at: Instant | undefined): ChatSpan {
  const count = span.count + 1;
  if (at === undefined) return { ...span, count };
  return { ...span, count, first: Math.min(span.first ?? at, at), last: Math.max(span.last ?? at, at) };
}
