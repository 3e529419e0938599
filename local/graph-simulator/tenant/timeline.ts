import type { ChatPlan } from "./chats.ts";
import { mix } from "./random.ts";

const minute = 60_000;
const burst = 12;

/** A number in [0, 1) that belongs to one message of one chat; `salt` tells several of them apart. */
export const fraction = (chat: ChatPlan, index: number, salt: number): number =>
  mix(chat.seed + salt, index) / 4294967296;

/**
 * Creation times in ms, strictly rising: conversations of about a dozen messages, minutes apart, with days between them.
 * Rising by at least 1 ms matters because the id of a message is its creation time.
 */
export function createdTimes(chat: ChatPlan): Float64Array {
  const times = new Float64Array(chat.messages);
  const bursts = Math.ceil(chat.messages / burst);
  const pause = Math.min(4 * minute, (chat.endMs - chat.startMs) / Math.max(1, bursts) / (burst + 2));
  // The last conversation ends with the chat.
  const span = (chat.endMs - chat.startMs - burst * pause) / Math.max(1, bursts - 1);
  let previous = chat.startMs;
  for (let n = 0; n < chat.messages; n++) {
    const start = chat.startMs + Math.floor(n / burst) * span;
    const at = Math.floor(start + (n % burst) * pause + fraction(chat, n, 1) * pause * 0.9);
    previous = Math.max(at, previous + 1);
    times[n] = previous;
  }
  return times;
}

/** An import writes about 27 messages a second, in their order. */
export const importedAt = (startMs: number, index: number): number => startMs + index * 37;

/** Last change of each message: its creation, the import, or later where the kind of message says so (reactions, edits, deletions). */
export function modifiedTimes(
  chat: ChatPlan,
  created: Float64Array,
  delayOf: (index: number) => readonly [minMs: number, maxMs: number] | undefined,
  latestMs: number,
): Float64Array {
  const times = new Float64Array(created.length);
  for (let n = 0; n < created.length; n++) {
    const base = chat.importedAtMs === null ? (created[n] as number) : importedAt(chat.importedAtMs, n);
    const delay = delayOf(n);
    const later = delay ? Math.floor(delay[0] + fraction(chat, n, 2) * (delay[1] - delay[0])) : 0;
    times[n] = Math.max(base, Math.min(base + later, latestMs));
  }
  return times;
}
