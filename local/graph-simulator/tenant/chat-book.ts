import type { ChatMessage } from "./chat-message.ts";
import type { ChatPlan } from "./chats.ts";
import type { KindPlan } from "./plan-kinds.ts";
import { createdTimes, importedAt, modifiedTimes } from "./timeline.ts";
import { writeMessage, type WriterContext } from "./write-message.ts";

/** One state of a message, as it was between one change and the next. */
interface Version {
  readonly modifiedMs: number;
  readonly message: ChatMessage;
}

/** The messages of one chat: generated ones by their place, and on top of them what tests added, edited or deleted. */
export interface ChatBook {
  readonly plan: ChatPlan;
  readonly no: number;
  readonly length: () => number;
  /** Name of the kind that a generated message was written as. */
  readonly kindAt: (index: number) => string;
  /** Grows with every change by a mutator, so that indexes know when they are stale. */
  readonly revision: () => number;
  readonly indexOf: (messageId: string) => number;
  /** 1 for a message that nobody changed; 2 for a generated edit or deletion. The last one is what export shows. */
  readonly versions: (index: number) => number;
  readonly modifiedAt: (index: number, version: number) => number;
  readonly message: (index: number, version: number) => ChatMessage;
  readonly put: (message: ChatMessage, modifiedMs: number) => void;
}

interface Timeline {
  readonly created: Float64Array;
  readonly modified: Float64Array;
  /** 1 where an earlier version exists. */
  readonly changed: Uint8Array;
}

export function chatBook(
  plan: ChatPlan,
  no: number,
  kinds: KindPlan,
  context: WriterContext,
  latestMs: number,
): ChatBook {
  let timeline: Timeline | undefined;
  const versions = new Map<number, readonly Version[]>();
  const added = new Map<string, number>();
  let revision = 0;

  const times = (): Timeline => {
    if (timeline === undefined) {
      const created = createdTimes(plan);
      const kindOf = (n: number) => kinds.kindAt(no, n).kind;
      const modified = modifiedTimes(plan, created, (n) => kindOf(n).delayMs, latestMs);
      const changed = Uint8Array.from(created, (_, n) =>
        kindOf(n).before && modified[n] !== firstModified(n, created) ? 1 : 0,
      );
      timeline = { created, modified, changed };
    }
    return timeline;
  };
  const firstModified = (index: number, created: Float64Array): number =>
    plan.importedAtMs === null ? (created[index] as number) : importedAt(plan.importedAtMs, index);
  const generatedAt = (index: number, version: number): number => {
    const { created, modified, changed } = times();
    return changed[index] === 1 && version === 0 ? firstModified(index, created) : (modified[index] as number);
  };
  const generated = (index: number, version: number): ChatMessage => {
    const { created, changed } = times();
    const { kind, ordinal } = kinds.kindAt(no, index);
    const before = changed[index] === 1 && version === 0;
    return writeMessage(context, {
      chat: plan,
      index,
      created,
      modifiedMs: generatedAt(index, version),
      kind,
      ordinal,
      before,
    });
  };
  const generatedVersions = (index: number): number => 1 + (times().changed[index] ?? 0);
  const indexOf = (messageId: string): number => {
    const own = added.get(messageId);
    if (own !== undefined) return own;
    const found = search(times().created, Number(messageId));
    return found >= 0 && String(times().created[found]) === messageId ? found : -1;
  };
  const allVersions = (index: number): readonly Version[] =>
    versions.get(index) ??
    Array.from({ length: generatedVersions(index) }, (_, v) => ({
      modifiedMs: generatedAt(index, v),
      message: generated(index, v),
    }));

  return {
    plan,
    no,
    length: () => plan.messages + added.size,
    kindAt: (index) => kinds.kindAt(no, index).kind.name,
    revision: () => revision,
    indexOf,
    versions: (index) => versions.get(index)?.length ?? generatedVersions(index),
    modifiedAt: (index, version) => versions.get(index)?.[version]?.modifiedMs ?? generatedAt(index, version),
    message: (index, version) => versions.get(index)?.[version]?.message ?? generated(index, version),
    put: (message, modifiedMs) => {
      revision++;
      const index = indexOf(message.id);
      if (index >= 0) {
        versions.set(index, [...allVersions(index), { modifiedMs, message }]);
        return;
      }
      versions.set(plan.messages + added.size, [{ modifiedMs, message }]);
      added.set(message.id, plan.messages + added.size);
    },
  };
}

/** Index of the last value that is not above `wanted`, or -1. */
function search(sorted: Float64Array, wanted: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
