import type { ChatMessage } from "./chat-message.ts";
import type { ChatPlan } from "./chats.ts";
import type { KindPlan } from "./plan-kinds.ts";
import { createdTimes, modifiedTimes } from "./timeline.ts";
import { writeMessage, type WriterContext } from "./write-message.ts";

/** One state of a message, as it was between one change and the next. */
export interface Version {
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
  /** 1 for a message that nobody touched since it was generated. */
  readonly versions: (index: number) => number;
  readonly modifiedAt: (index: number, version: number) => number;
  readonly message: (index: number, version: number) => ChatMessage;
  readonly put: (message: ChatMessage, modifiedMs: number) => void;
}

export function chatBook(
  plan: ChatPlan,
  no: number,
  kinds: KindPlan,
  context: WriterContext,
  latestMs: number,
): ChatBook {
  let times: { created: Float64Array; modified: Float64Array } | undefined;
  const changed = new Map<number, Version[]>();
  const added = new Map<string, number>();
  let revision = 0;

  const timesOf = (): { created: Float64Array; modified: Float64Array } => {
    if (times === undefined) {
      const created = createdTimes(plan);
      const modified = modifiedTimes(plan, created, (n) => kinds.kindAt(no, n).kind.delayMs, latestMs);
      times = { created, modified };
    }
    return times;
  };
  const generated = (index: number): ChatMessage => {
    const { created, modified } = timesOf();
    const { kind, ordinal } = kinds.kindAt(no, index);
    return writeMessage(context, { chat: plan, index, created, modifiedMs: modified[index] as number, kind, ordinal });
  };
  const indexOf = (messageId: string): number => {
    const own = added.get(messageId);
    if (own !== undefined) return own;
    const found = search(timesOf().created, Number(messageId));
    return found >= 0 && String(timesOf().created[found]) === messageId ? found : -1;
  };
  const versionAt = (index: number, version: number): Version => changed.get(index)?.[version] as Version;

  return {
    plan,
    no,
    length: () => plan.messages + added.size,
    kindAt: (index) => kinds.kindAt(no, index).kind.name,
    revision: () => revision,
    indexOf,
    versions: (index) => changed.get(index)?.length ?? 1,
    modifiedAt: (index, version) =>
      changed.has(index) ? versionAt(index, version).modifiedMs : (timesOf().modified[index] as number),
    message: (index, version) => (changed.has(index) ? versionAt(index, version).message : generated(index)),
    put: (message, modifiedMs) => {
      revision++;
      const index = indexOf(message.id);
      if (index < 0) {
        changed.set(plan.messages + added.size, [{ modifiedMs, message }]);
        added.set(message.id, plan.messages + added.size);
        return;
      }
      const before = changed.get(index) ?? [
        { modifiedMs: timesOf().modified[index] as number, message: generated(index) },
      ];
      changed.set(index, [...before, { modifiedMs, message }]);
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
