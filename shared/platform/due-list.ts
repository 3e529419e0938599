import type { Instant } from "./time.ts";

/** Something of an organization that is to be looked at, not before `at`. */
export interface Due {
  readonly at: Instant;
  readonly organizationId: string;
}

/** What comes due, in the order of time: who looks reads only what is due. An entry is a reminder, no promise: the state that it
 * reminds of says what is to be done. So one too many costs a look, and the next one is written before the old one goes. */
export interface DueList {
  /** The same entry again changes nothing. */
  add(due: Due): Promise<void>;
  /** At most `limit`, the oldest first. */
  due(now: Instant, limit: number): AsyncGenerator<Due>;
  /** True for the one caller who took it away. */
  take(due: Due): Promise<boolean>;
}
