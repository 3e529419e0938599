import type { Instant } from "../platform/time.ts";
import type { RetryDeps } from "./send-with-retry.ts";

/** Graph answers one request per second for the contents of one chat, one for its members, and one for a user's list of chats; about 83 % of that lasts.
 * @see https://learn.microsoft.com/graph/throttling-limits#microsoft-teams-service-limits */
const INTERVAL_MS = 1_250;
/** The same between an answer and the next request. The way to Graph takes now longer, now shorter; by its answer a request has
 * arrived, so what is sent so much later cannot arrive too early. */
const AFTER_ANSWER_MS = 1_210;

/** Spreads this process's requests for one chat or user; work is divided so that no other process asks for the same one. To be asked
 * right before the request goes out: whatever waits in between would bring two requests together. */
export interface ChatPace {
  turn(chatId: string, signal?: AbortSignal): Promise<void>;
  /** To be told when a request is answered, or has failed. */
  answered(chatId: string): void;
}

export function createChatPace(now: () => Instant, sleep: RetryDeps["sleep"]): ChatPace {
  const next = new Map<string, Instant>();
  return {
    async turn(chatId, signal) {
      const at = Math.max(next.get(chatId) ?? 0, now());
      // In order of insertion, the oldest first: what lies in the past holds nobody back.
      next.delete(chatId);
      next.set(chatId, at + INTERVAL_MS);
      for (const [chat, slot] of next) {
        if (slot > now()) break;
        next.delete(chat);
      }
      if (at > now()) await sleep(at - now(), signal);
    },
    answered(chatId) {
      const at = Math.max(next.get(chatId) ?? 0, now() + AFTER_ANSWER_MS);
      next.delete(chatId);
      next.set(chatId, at);
    },
  };
}
